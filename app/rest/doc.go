// Package rest is the server's door: the REST contract over the application
// service, on Fiber v2.
//
// A route is a line of a table (routes_*.go): a name, a method, a path and the
// use case. The adapter in operation.go does the rest: it puts one request
// object together from path, query and body, has huma validate it against the
// schema of the Go type, calls the use case and answers, errors through
// internal/problem. What isn't JSON in and JSON out (uploads, downloads, event
// streams, log-in cookies) has handlers of its own, listed in the same table.
package rest
