package diff

import (
	"slices"
	"strings"
)

// fileScores measures how alike files of the two sides are.
type fileScores struct {
	left, right *side
	common      map[uint64]int // in how many files of a side a sketched value is, if in several
	names       [2][]fileName
}

type fileName struct{ masked, whole grams }

type fileScore struct {
	Score, Name, Schema, Content float64
	kinds                        bool // the kinds allow to pair them
}

func newFileScores(left, right *side) *fileScores {
	s := &fileScores{left: left, right: right, common: map[uint64]int{}}
	for n, sd := range []*side{left, right} {
		count := map[uint64]int{}
		for i := range sd.prints {
			sd.prints[i].content.compact()
			for _, h := range sd.prints[i].content.hashes {
				count[h]++
			}
			name := strings.ToLower(cleanPath(sd.files[i].Path))
			s.names[n] = append(s.names[n], fileName{trigrams(maskDigits(name)), trigrams(name)})
		}
		for h, k := range count {
			if k > 1 {
				s.common[h] = max(s.common[h], k)
			}
		}
	}
	return s
}

// maskDigits makes numbers and dates alike: orders_2026-02 is orders_#-#.
func maskDigits(s string) string {
	var b strings.Builder
	digits := false
	for _, r := range s {
		if '0' <= r && r <= '9' {
			if !digits {
				b.WriteByte('#')
			}
			digits = true
			continue
		}
		digits = false
		b.WriteRune(r)
	}
	return b.String()
}

// weight of a value: what many files of a side hold says little about which
// of them belong together.
func (s *fileScores) weight(h uint64) float64 {
	n := float64(max(s.common[h], 1))
	return 1 / (n * n)
}

// content is the weighted Jaccard similarity of the files' distinct values,
// estimated on what both sketches would have kept.
func (s *fileScores) content(l, r int) float64 {
	a, b := &s.left.prints[l].content, &s.right.prints[r].content
	limit := ^uint64(0)
	for _, x := range []*bottom{a, b} {
		if x.limit != 0 {
			limit = min(limit, x.limit)
		}
	}
	both, all := 0.0, 0.0
	i, k := 0, 0
	for i < len(a.hashes) || k < len(b.hashes) {
		var h uint64
		switch {
		case k == len(b.hashes) || i < len(a.hashes) && a.hashes[i] < b.hashes[k]:
			h = a.hashes[i]
			i++
		case i == len(a.hashes) || a.hashes[i] > b.hashes[k]:
			h = b.hashes[k]
			k++
		default:
			h = a.hashes[i]
			i++
			k++
			if h <= limit {
				both += s.weight(h)
			}
		}
		if h > limit {
			break
		}
		all += s.weight(h)
	}
	if all == 0 {
		return 0
	}
	return both / all
}

func (s *fileScores) of(l, r int) fileScore {
	a, b := &s.left.files[l], &s.right.files[r]
	f := fileScore{kinds: a.Kind == b.Kind || a.Kind == "" || b.Kind == ""}
	x, y := s.names[0][l], s.names[1][r]
	f.Name = 0.7*x.masked.dice(y.masked) + 0.3*x.whole.dice(y.whole)
	columnsA, columnsB := s.left.prints[l].columns, s.right.prints[r].columns
	both := 0
	for h := range columnsA {
		if columnsB[h] {
			both++
		}
	}
	f.Schema = dice(both, len(columnsA), len(columnsB))
	f.Content = s.content(l, r)
	f.Score = 0.25*f.Name + 0.35*f.Schema + 0.40*f.Content
	return f
}

func (s *fileScores) into(p *FilePair, l, r int) {
	f := s.of(l, r)
	p.Score, p.Name, p.Schema, p.Content = f.Score, f.Name, f.Schema, f.Content
}

// neighbours lists pairs of files that share a value which few files have.
func (s *fileScores) neighbours(ls, rs []int) [][2]int {
	const few = 8
	by := map[uint64][]int{}
	for _, r := range rs {
		for _, h := range s.right.prints[r].content.hashes {
			if s.common[h] <= few {
				by[h] = append(by[h], r)
			}
		}
	}
	var out [][2]int
	for _, l := range ls {
		from := len(out)
		for _, h := range s.left.prints[l].content.hashes {
			for _, r := range by[h] {
				out = append(out, [2]int{l, r})
			}
		}
		mine := out[from:]
		slices.SortFunc(mine, func(x, y [2]int) int { return x[1] - y[1] })
		out = out[:from+len(slices.Compact(mine))]
	}
	return out
}
