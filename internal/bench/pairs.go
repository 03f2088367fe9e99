package bench

import (
	"bufio"
	"fmt"
	"io"
	"math/bits"
	"strconv"
)

// pair is two CSV files of ten columns, the second one the first with known
// edits and in another row order.
type pair struct {
	name        string
	left, right string
	rows        int64 // of both
	truth       map[string]int64
}

// pairColumns are a number, a code with leading zeros, texts, a date, a
// decimal, a whole number, a truth value, a time and a text that may be
// empty or need quotes. A pair without a key has a batch in place of the id.
const pairColumns = ",code,name,city,ordered,amount,quantity,active,updated,note\n"

// pair generates two files of n rows, once. One row in a hundred each is
// changed in one to three cells, removed, and added.
func (b *Bench) pair(n int, keyed bool) (pair, error) {
	kind := "keyed"
	if !keyed {
		kind = "keyless"
	}
	p := pair{name: fmt.Sprintf("%s rows a side", thousands(n))}
	removed, changed, cells := 0, 0, 0
	for k := range n {
		switch edit(k) {
		case editRemove:
			removed++
		case editChange:
			changed++
			cells += bits.OnesCount(changesOf(k))
		}
	}
	added := n / 100
	p.truth = map[string]int64{"added": int64(added), "removed": int64(removed), "changed": int64(changed), "cells": int64(cells),
		"left_only": int64(removed + changed), "right_only": int64(added + changed)}
	p.rows = int64(n + n - removed + added)
	var err error
	if p.left, err = b.make(fmt.Sprintf("%s-%d-a.csv", kind, n), func(w io.Writer) error { return writeSide(w, n, 0, keyed) }); err != nil {
		return p, err
	}
	if p.right, err = b.make(fmt.Sprintf("%s-%d-b.csv", kind, n), func(w io.Writer) error { return writeSide(w, n, added, keyed) }); err != nil {
		return p, err
	}
	return p, nil
}

type edits int

const (
	editNone edits = iota
	editRemove
	editChange
)

// edit tells what happens to a row of the first side.
func edit(row int) edits {
	switch row % 100 {
	case 17:
		return editRemove
	case 53:
		return editChange
	}
	return editNone
}

// changesOf is the set of columns that change in a row, one to three of
// them, as bits: city, amount, quantity, active, note.
func changesOf(row int) uint {
	h := uint(mix(uint64(row) ^ 0xC4A27))
	set := uint(0)
	for i := range 1 + h%3 {
		set |= 1 << ((h>>8 + i*(1+h>>16%2)) % 5)
	}
	return set
}

// writeSide writes the first side, in the order of its rows, or with added
// rows the second, which has the edits and an order as good as random.
func writeSide(w io.Writer, n, added int, keyed bool) error {
	out := bufio.NewWriterSize(w, 1<<18)
	first := "id"
	if !keyed {
		first = "batch"
	}
	if _, err := out.WriteString(first + pairColumns); err != nil {
		return err
	}
	var line []byte
	for i := range n + added {
		row, changes := i, uint(0)
		if added > 0 {
			row = shuffled(i, n+added)
			if row < n {
				switch edit(row) {
				case editRemove:
					continue
				case editChange:
					changes = changesOf(row)
				}
			}
		}
		line = appendPairRow(line[:0], row, changes, keyed)
		if _, err := out.Write(line); err != nil {
			return err
		}
	}
	return out.Flush()
}

// shuffled is where a permutation of 0..n-1 puts i: a Feistel cipher over
// the next power of four, walked until it is in range.
func shuffled(i, n int) int {
	half := (bits.Len(uint(n-1)) + 1) / 2
	mask := uint64(1)<<half - 1
	for {
		l, r := uint64(i)>>half, uint64(i)&mask
		for round := range uint64(4) {
			l, r = r, l^mix(r<<8|round)&mask
		}
		if i = int(l<<half | r); i < n {
			return i
		}
	}
}

// mix is the finalizer of SplitMix64.
func mix(x uint64) uint64 {
	x += 0x9E3779B97F4A7C15
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}

var (
	pairFirst  = []string{"Ada", "Bruno", "Chloé", "Dmitri", "Elif", "Femi", "Grete", "Hana", "Ivo", "Jürgen", "Kemal", "Lucía", "Maeve", "Nils", "Oksana", "Priya"}
	pairLast   = []string{"Abel", "Brandt", "Castellanos", "Dvořák", "Eriksen", "Fontaine", "Gruber", "Hoffmann", "Ito", "Jansen", "Kowalski", "Lindqvist", "Moreau", "Novak", "O'Brien", "Petrov"}
	pairCities = []string{"Aarhus", "Basel", "Cork", "Dresden", "Essen", "Faro", "Gdańsk", "Haarlem", "Innsbruck", "Jena", "Köln", "Lyon", "Malmö", "Nantes", "Oslo", "Porto"}
	pairNotes  = []string{"", "call before delivery", "fragile, keep upright", "customer asked for an invoice in two parts", "", `gate "B", ring twice`, "leave with the neighbour", "priority"}
)

// appendPairRow appends a row. Its values depend on the row's number alone;
// each bit of changes gives one column another value.
func appendPairRow(line []byte, row int, changes uint, keyed bool) []byte {
	h, g := mix(uint64(row)), mix(uint64(row)^0x5EED0)
	change := func(column int) uint64 { return uint64(changes >> column & 1) }
	if keyed {
		line = strconv.AppendInt(line, int64(row)+100_000, 10)
	} else {
		line = strconv.AppendUint(line, h>>3%500, 10)
	}
	line = append(line, ",A-"...)
	line = appendPadded(line, h%1_000_000, 8)
	line = append(append(line, ','), pairFirst[h>>20&15]...)
	line = append(append(line, ' '), pairLast[h>>24&15]...)
	line = append(append(line, ','), pairCities[(h>>28+change(0))&15]...)
	line = append(append(line, ','), "20"...)
	line = appendPadded(line, 10+h>>32%16, 2)
	line = append(line, '-')
	line = appendPadded(line, 1+h>>37%12, 2)
	line = append(line, '-')
	line = appendPadded(line, 1+h>>41%28, 2)
	line = append(line, ',')
	cents := g%1_000_000 + 25*change(1)
	line = append(strconv.AppendUint(line, cents/100, 10), '.')
	line = appendPadded(line, cents%100, 2)
	line = append(line, ',')
	line = strconv.AppendUint(line, 1+g>>20%50+change(2), 10)
	line = append(line, ',')
	line = strconv.AppendBool(line, g>>26&1 != change(3))
	line = append(line, ",2026-"...)
	line = appendPadded(line, 1+g>>27%12, 2)
	line = append(line, '-')
	line = appendPadded(line, 1+g>>31%28, 2)
	line = append(line, 'T')
	line = appendPadded(line, g>>36%24, 2)
	line = append(line, ':')
	line = appendPadded(line, g>>41%60, 2)
	line = append(line, ':')
	line = appendPadded(line, g>>47%60, 2)
	line = append(line, "Z,"...)
	return append(appendField(line, pairNotes[g>>53&7], change(4) == 1), '\n')
}

// appendField appends a text, in quotes where it needs them.
func appendField(line []byte, text string, revised bool) []byte {
	if revised {
		text += " (revised)"
	}
	quote := false
	for i := range len(text) {
		quote = quote || text[i] == ',' || text[i] == '"'
	}
	if !quote {
		return append(line, text...)
	}
	line = append(line, '"')
	for i := range len(text) {
		if text[i] == '"' {
			line = append(line, '"')
		}
		line = append(line, text[i])
	}
	return append(line, '"')
}

// appendPadded appends a number with leading zeros.
func appendPadded(line []byte, n uint64, width int) []byte {
	for limit := uint64(10); width > 1; width-- {
		if n < limit {
			for range width - 1 {
				line = append(line, '0')
			}
			break
		}
		limit *= 10
	}
	return strconv.AppendUint(line, n, 10)
}

// thousands writes a count with separators.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
