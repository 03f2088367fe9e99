// Package auth holds the mechanisms by which people and programs prove who they
// are: password hashes, access and refresh tokens, second factors, sealed and
// one-time values, OpenID Connect, throttling, and the ways to send a person a
// link. It decides nothing about accounts; the use cases in app do.
//
// All secrets hang on one Ring of keys. What is stored of a token is an HMAC
// under a key that isn't in the database; what has to be read again, such as
// the secret of a second factor, is sealed. So a stolen database opens no door.
package auth
