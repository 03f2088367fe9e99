// Package blob keeps immutable blobs in a directory (Dir) or in an
// S3-compatible store (S3), behind the port retable.BlobStore.
//
// A blob appears whole or not at all: Dir writes to a temporary file, syncs it
// and renames it; S3 completes an upload. Both hash while they write. The
// SHA-256 is remembered beside the blob in a small file that proves by itself
// whether it still belongs to it, so a crash between the two costs a second
// reading, never a wrong hash (docs/adr/0023).
//
// Keys are relative paths of safe characters, and a folder's name is followed
// by "/" in prefixes whether it is written or not: "sessions/1" never means
// "sessions/12".
package blob
