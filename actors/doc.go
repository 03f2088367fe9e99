// Package actors owns what lives in one process: a mailbox for each session
// that somebody commands, for each job that is being worked on, and for each
// watched folder. It knows how work is admitted, supervised, cancelled and
// reported; what the work is, it is told (Task).
//
// The jobs table decides which work exists and who does it. An actor is the
// one owner of something in this process, and its state is a cache of rows:
// every transition is a guarded UPDATE, so replicas can't disagree.
//
// docs/supervision.md draws the tree, docs/states.md the states.
package actors
