package eval

import "context"

// plan says how much is measured, and on which seeds.
type plan struct {
	mutants    []uint64
	rows       int // a table of mutants
	generator  []int
	files      int
	size       string
	cosmetic   []int
	sample     []uint64
	customers  int
	tellsSeeds string
}

// reporting seeds are those of the page. No threshold was chosen on them.
func reporting() plan {
	return plan{
		mutants: seeds[uint64](2001, 4), rows: 1200, generator: seeds(501, 5), files: 12, size: "2MB",
		cosmetic: seeds(601, 5), sample: seeds[uint64](701, 3), customers: 1000,
		tellsSeeds: "mutants 2001 to 2004, generator 501 to 505 and 601 to 605, sample 701 to 703",
	}
}

// calibration seeds are those that thresholds may be chosen on.
func calibration() plan {
	return plan{
		mutants: seeds[uint64](1, 2), rows: 1200, generator: seeds(1, 2), files: 12, size: "2MB",
		cosmetic: seeds(1, 2), sample: seeds[uint64](1, 2), customers: 1000,
		tellsSeeds: "mutants 1 and 2, generator 1 to 9 (the table below: 1 and 2), sample 1 and 2",
	}
}

// quick is what every run of the tests measures.
func quick() plan {
	return plan{
		mutants: seeds[uint64](1001, 2), rows: 600, generator: seeds(401, 1), files: 8, size: "600KB",
		cosmetic: seeds(451, 1), sample: seeds[uint64](801, 1), customers: 400,
	}
}

func seeds[N int | uint64](first N, n int) []N {
	out := make([]N, n)
	for i := range out {
		out[i] = first + N(i)
	}
	return out
}

// outcome is all that was measured.
type outcome struct {
	mutants   map[string]*score
	generator map[string]*score // nil if the generator isn't there
	equal     int               // of cosmetic deliveries
	cosmetic  int
	sample    *score
}

func (p plan) run(ctx context.Context, scratch string) (*outcome, error) {
	o := &outcome{}
	var err error
	if o.mutants, err = mutants(p.mutants, p.rows, scratch); err != nil {
		return nil, err
	}
	if o.sample, err = shipped(ctx, p.sample, p.customers, scratch); err != nil {
		return nil, err
	}
	if o.generator, err = generated(ctx, p.generator, p.files, p.size, scratch); err != nil {
		return o, err
	}
	o.equal, o.cosmetic, err = cosmetic(ctx, p.cosmetic, p.files, p.size, scratch)
	return o, err
}
