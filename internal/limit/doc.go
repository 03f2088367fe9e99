// Package limit counts requests: the generic cell rate algorithm behind
// retable.Limiter, in memory for one process, in PostgreSQL or Redis for
// replicas that share a limit. Exactly as many calls pass as the rate and its
// burst allow, however many goroutines and processes ask at once.
//
// Around it stand what a server needs to apply limits: what happens when the
// backend can't be reached (FailOpen, FailClosed), which address asked
// (ClientIP, Bucket) and which headers tell it (Headers).
package limit
