package eval

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"retable/internal/diff"
	"retable/internal/sample"
)

// shipped scores the sample's two deliveries over the seeds.
func shipped(ctx context.Context, seeds []uint64, customers int, scratch string) (*score, error) {
	out := newScore()
	for _, seed := range seeds {
		d := &deliveries{first: filepath.Join(scratch, "sample-1.zip"), second: filepath.Join(scratch, "sample-2.zip")}
		for i, path := range []string{d.first, d.second} {
			truth, err := writeSample(path, sample.Options{Seed: seed, Customers: customers}, i+1)
			if err != nil {
				return nil, err
			}
			raw, err := json.Marshal(truth.Changes)
			if err != nil {
				return nil, err
			}
			d.list = nil
			if err := json.Unmarshal(raw, &d.list); err != nil {
				return nil, err
			}
		}
		s, err := d.score(ctx, sampleIdentities(), diff.Rules{}, scratch, fmt.Sprintf(" [seed %d]", seed))
		if err != nil {
			return nil, fmt.Errorf("sample, seed %d: %w", seed, err)
		}
		out.plus(s)
	}
	return out, nil
}

func writeSample(path string, opts sample.Options, delivery int) (truth sample.Truth, err error) {
	f, err := os.Create(path)
	if err != nil {
		return truth, err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	return sample.Write(f, opts, delivery)
}
