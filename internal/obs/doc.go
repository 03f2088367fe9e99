// Package obs is how the program tells of itself: logs, metrics and traces.
//
// Everything that belongs to one request carries its correlation id, from the
// door through jobs and actors to the calls that leave the machine. Logs hold
// neither secrets nor the content of anyone's tables. Metrics and traces have
// no globals: New gives them, and whoever needs them is handed them.
package obs
