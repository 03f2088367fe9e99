// Package config defines every setting once. A setting is a Field: it has a
// name, from which its flag (--max-entries), its variable (RET_MAX_ENTRIES)
// and its key in the configuration file (max_entries) follow, a default, and
// the place in Config where its value goes. The help, the table in the README,
// .env.example and `retable config` are made from the same fields.
//
// The first that says something wins: flag, environment, file, default. What
// is empty says nothing. Every fault of all sources is told at once.
package config
