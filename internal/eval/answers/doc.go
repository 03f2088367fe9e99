// Package answers measures how well questions are answered, on tables whose
// content is known. Its test writes docs/answer-quality.md; nothing imports it.
//
// Each domain is a schema with words of its own; its rows are drawn from a
// seed, written as XML and converted as any delivery is. Questions are made
// from templates, and what is right is computed from the drawn rows in plain
// Go: neither SQL nor the router has a part in it. The router may be tuned on
// the known domains; of the held-out ones only totals are looked at, and the
// page tells both apart.
//
// An answer is right if its figure or groups are exactly those; asking back and
// abstaining are neither right nor wrong, they cost coverage.
package answers
