package diff

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// identical pairs files with the same content, those of the same path first.
func (p *filePairing) identical(tables []*tablePair) {
	type content struct {
		sha    string
		rows   int64
		hi, lo uint64
	}
	same := func(l, r int) bool {
		a, b := &p.left.files[l], &p.right.files[r]
		if a.Partial || b.Partial || a.Kind != b.Kind {
			return false
		}
		for _, t := range tables { // other settings may have given other rows
			switch {
			case t.left == nil && t.right.byFile[int32(r)] > 0, t.right == nil && t.left.byFile[int32(l)] > 0:
				return false
			case t.both() && t.left.byFile[int32(l)] != t.right.byFile[int32(r)]:
				return false
			}
		}
		return true
	}
	for _, key := range []func(*File, *filePrint) (content, bool){
		func(f *File, _ *filePrint) (content, bool) { return content{sha: f.SHA256}, f.SHA256 != "" },
		func(_ *File, q *filePrint) (content, bool) {
			return content{rows: q.rows, hi: q.hi, lo: q.lo}, !q.loose && q.rows > 0
		},
	} {
		byContent := map[content][]int{}
		for r := range p.right.files {
			if k, ok := key(&p.right.files[r], &p.right.prints[r]); ok {
				byContent[k] = append(byContent[k], r)
			}
		}
		for _, samePath := range []bool{true, false} {
			for l := range p.left.files {
				k, ok := key(&p.left.files[l], &p.left.prints[l])
				if !ok {
					continue
				}
				for _, r := range byContent[k] {
					if p.free(l, r) && (!samePath || cleanPath(p.left.files[l].Path) == cleanPath(p.right.files[r].Path)) && same(l, r) {
						p.pair(l, r, StageIdentical)
						break
					}
				}
			}
		}
	}
}

// cleanPath is a path without what only differs by system.
func cleanPath(s string) string {
	return path.Clean(norm.NFC.String(strings.ReplaceAll(s, `\`, "/")))
}

func baseName(s string) string { return path.Base(cleanPath(s)) }

// samePath pairs by path, unless the content says otherwise: next to nothing
// in common, and a free rival that has nearly all.
func (p *filePairing) samePath() {
	for _, name := range []func(string) string{cleanPath, func(s string) string { return strings.ToLower(cleanPath(s)) }} {
		for _, m := range p.uniqueBy(name) {
			l, r := m[0], m[1]
			if p.scores.content(l, r) < pathContent && p.hasRival(l, r) {
				continue
			}
			p.pair(l, r, StagePath)
		}
	}
}

func (p *filePairing) hasRival(l, r int) bool {
	for k := range p.right.files {
		if k != r && p.free(l, k) && p.scores.content(l, k) >= rivalContent {
			return true
		}
	}
	for k := range p.left.files {
		if k != l && p.free(k, r) && p.scores.content(k, r) >= rivalContent {
			return true
		}
	}
	return false
}

// uniqueBy lists the free pairs whose names are equal and nobody else's.
func (p *filePairing) uniqueBy(name func(string) string) [][2]int {
	index := func(sd *side, free func(i int) bool) map[string][]int {
		m := map[string][]int{}
		for i := range sd.files {
			if free(i) {
				n := name(sd.files[i].Path)
				m[n] = append(m[n], i)
			}
		}
		return m
	}
	left := index(p.left, func(i int) bool { return p.toRight[i] < 0 && !p.lone[0][i] })
	right := index(p.right, func(i int) bool { return p.toLeft[i] < 0 && !p.lone[1][i] })
	var out [][2]int
	for _, n := range sortedKeys(left) {
		if l, r := left[n], right[n]; len(l) == 1 && len(r) == 1 && p.free(l[0], r[0]) {
			out = append(out, [2]int{l[0], r[0]})
		}
	}
	return out
}

func (p *filePairing) sameBase() {
	for _, m := range p.uniqueBy(baseName) {
		if s := p.scores.of(m[0], m[1]); s.kinds && s.Score >= basenameScore {
			p.pair(m[0], m[1], StageBasename)
		}
	}
}

// alike pairs the rest by likeness: so that the sum is greatest, or greedily
// where there are too many.
func (p *filePairing) alike(ctx context.Context, c *comparison) error {
	var ls, rs []int
	for l := range p.toRight {
		if p.toRight[l] < 0 && !p.lone[0][l] {
			ls = append(ls, l)
		}
	}
	for r := range p.toLeft {
		if p.toLeft[r] < 0 && !p.lone[1][r] {
			rs = append(rs, r)
		}
	}
	fits := func(l, r int) (float64, bool) {
		s := p.scores.of(l, r)
		return s.Score, p.free(l, r) && s.kinds && s.Score >= likenessScore &&
			(s.Content >= likenessContent || s.Content >= clearContent && p.standsOut(l, r, s.Content/2))
	}
	if len(ls)*len(rs) > mostPairScores {
		c.note("%d x %d files were left to pair by likeness: only those that share rare values were looked at, the best first", len(ls), len(rs))
		return p.greedy(ctx, ls, rs, fits)
	}
	gain := make([][]float64, len(ls))
	for i, l := range ls {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		gain[i] = make([]float64, len(rs))
		for k, r := range rs {
			if s, ok := fits(l, r); ok {
				gain[i][k] = s + p.tieBreak(l, r)
			}
		}
	}
	for i, k := range assign(gain) {
		if k >= 0 {
			p.pair(ls[i], rs[k], StageLikeness)
		}
	}
	return nil
}

// tieBreak prefers one of two choices that are as good, whichever side is the left.
func (p *filePairing) tieBreak(l, r int) float64 {
	return float64(sharedSeed(p.left.files[l].Path, p.right.files[r].Path)>>32) * 1e-19 // below 1e-9
}

// standsOut tells whether no other file comes near in content.
func (p *filePairing) standsOut(l, r int, near float64) bool {
	for k := range p.right.files {
		if k != r && p.scores.content(l, k) >= near {
			return false
		}
	}
	for k := range p.left.files {
		if k != l && p.scores.content(k, r) >= near {
			return false
		}
	}
	return true
}

func (p *filePairing) greedy(ctx context.Context, ls, rs []int, fits func(l, r int) (float64, bool)) error {
	type fit struct {
		l, r  int
		score float64
	}
	var all []fit
	for n, m := range p.scores.neighbours(ls, rs) {
		if n%checkEvery == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if s, ok := fits(m[0], m[1]); ok {
			all = append(all, fit{m[0], m[1], s})
		}
	}
	slices.SortFunc(all, func(x, y fit) int {
		return cmp.Or(cmp.Compare(y.score, x.score),
			cmp.Compare(min(x.l, x.r), min(y.l, y.r)), cmp.Compare(max(x.l, x.r), max(y.l, y.r)), cmp.Compare(x.l, y.l))
	})
	for _, f := range all {
		p.pair(f.l, f.r, StageLikeness)
	}
	return nil
}
