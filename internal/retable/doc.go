// Package retable is the vocabulary that all doors, services and adapters
// share: the nouns (Session, Job, Comparison, Answer ...), the one Error, the
// Principal who asks, and the ports (Store, BlobStore, Embedder, ChatModel,
// Limiter ...) that adapters fulfil.
//
// Nouns carry no behaviour but what follows from themselves. Identifiers are
// UUIDv7 in their text form, which sort by time of creation; those of jobs and
// of audit entries are integers. Points in time are Millis.
package retable
