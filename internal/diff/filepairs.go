package diff

import (
	"context"
	"fmt"
)

// Thresholds of pairing files; calibrated on generated deliveries.
const (
	pathContent     = 0.10 // below, a file of the same path may be another one
	rivalContent    = 0.80 // from here on a rival takes it
	basenameScore   = 0.75
	likenessScore   = 0.50
	likenessContent = 0.20
	clearContent    = 0.10    // enough where no other file has half as much
	mostPairScores  = 250_000 // pairs that are all scored, and assigned by the Hungarian method
	mostRunnerUps   = 40_000  // pairs of files up to which the next best is told
)

// filePairing is the state of pairing: what is paired with what so far.
type filePairing struct {
	left, right *side
	toRight     []int // by left file, -1 for none
	toLeft      []int
	lone        [2][]bool // pinned apart from everything
	apart       map[[2]int]bool
	stage       []Stage // by left file
	scores      *fileScores
}

// pairFiles finds out which files belong together. The first stage that
// pairs two wins: pins, the only ones, identical ones, same path, same base
// name, likeness.
func (c *comparison) pairFiles(ctx context.Context) error {
	p := &filePairing{left: c.left, right: c.right, apart: map[[2]int]bool{}}
	p.toRight, p.toLeft = unpaired(len(c.left.files)), unpaired(len(c.right.files))
	p.stage = make([]Stage, len(c.left.files))
	p.lone = [2][]bool{make([]bool, len(c.left.files)), make([]bool, len(c.right.files))}
	p.scores = newFileScores(c.left, c.right)
	if err := p.pin(c.opts.Pins); err != nil {
		return err
	}
	if len(p.toRight) == 1 && len(p.toLeft) == 1 {
		p.pair(0, 0, StageOnly)
	} else {
		p.identical(c.tables)
		p.samePath()
		p.sameBase()
		if err := p.alike(ctx, c); err != nil {
			return err
		}
	}
	c.pairs, c.pairOfLeft, c.pairOfRight = p.pairs()
	c.progress.report(Progress{"pair", "", int64(len(c.pairs)), int64(len(c.pairs))})
	return nil
}

func unpaired(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = -1
	}
	return out
}

// free tells whether the two may still be paired.
func (p *filePairing) free(l, r int) bool {
	return p.toRight[l] < 0 && p.toLeft[r] < 0 && !p.lone[0][l] && !p.lone[1][r] && !p.apart[[2]int{l, r}]
}

func (p *filePairing) pair(l, r int, stage Stage) {
	if p.free(l, r) {
		p.toRight[l], p.toLeft[r], p.stage[l] = r, l, stage
	}
}

func (p *filePairing) pin(pins []PairPin) error {
	find := func(sd *side, name string) (int, error) {
		if i, ok := sd.byPath[name]; ok {
			return int(i), nil
		}
		return 0, fmt.Errorf("pinned file %q of %s: %w", name, sd.src.Name(), ErrNoFile)
	}
	for _, pin := range pins {
		l, r := -1, -1
		var err error
		if pin.Left != "" {
			if l, err = find(p.left, pin.Left); err != nil {
				return err
			}
		}
		if pin.Right != "" {
			if r, err = find(p.right, pin.Right); err != nil {
				return err
			}
		}
		switch {
		case l < 0 && r < 0, !pin.Apart && (l < 0 || r < 0):
			return fmt.Errorf("%w: a pin names two files, or one that is kept apart", ErrOption)
		case pin.Apart && l >= 0 && r >= 0:
			p.apart[[2]int{l, r}] = true
		case pin.Apart && l >= 0:
			p.lone[0][l] = true
		case pin.Apart:
			p.lone[1][r] = true
		case !p.free(l, r):
			return fmt.Errorf("%w: file %q or %q is pinned twice", ErrOption, pin.Left, pin.Right)
		default:
			p.pair(l, r, StagePinned)
		}
	}
	return nil
}

// pairs lists the pairs in the left's order, then what only the right has.
func (p *filePairing) pairs() (out []FilePair, ofLeft, ofRight []int) {
	ofLeft, ofRight = make([]int, len(p.toRight)), make([]int, len(p.toLeft))
	rivals := len(p.toRight)*len(p.toLeft) <= mostRunnerUps && len(p.toRight)*len(p.toLeft) > 1
	for l := range p.toRight {
		f := FilePair{Left: &p.left.files[l]}
		ofLeft[l] = len(out)
		if r := p.toRight[l]; r >= 0 {
			f.Right, f.Stage = &p.right.files[r], p.stage[l]
			ofRight[r] = len(out)
			if p.left.telling && f.Stage != StageIdentical {
				p.scores.into(&f, l, r)
			}
			if rivals && f.Stage != StageIdentical {
				p.runnerUp(&f, l, r)
			}
		}
		out = append(out, f)
	}
	for r := range p.toLeft {
		if p.toLeft[r] < 0 {
			ofRight[r] = len(out)
			out = append(out, FilePair{Right: &p.right.files[r]})
		}
	}
	return out, ofLeft, ofRight
}

// runnerUp finds what either of a pair would have been paired with otherwise.
func (p *filePairing) runnerUp(f *FilePair, l, r int) {
	best := -1.0
	note := func(s fileScore, path string) {
		if s.kinds && s.Score > best {
			best, f.RunnerUp = s.Score, path
		}
	}
	for k := range p.right.files {
		if k != r {
			note(p.scores.of(l, k), p.right.files[k].Path)
		}
	}
	for k := range p.left.files {
		if k != l {
			note(p.scores.of(k, r), p.left.files[k].Path)
		}
	}
	if best >= 0 {
		f.Margin = f.Score - best
	}
}
