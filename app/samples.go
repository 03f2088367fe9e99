package app

import (
	"context"
	"io"

	"retable/internal/retable"
	"retable/internal/sample"
)

// SampleSessions are the two deliveries of the sample.
type SampleSessions struct {
	Sessions []Received `json:"sessions"`
}

// OpenSample makes the two small sample deliveries and converts them; again, it
// returns those that are there.
func (s *Service) OpenSample(ctx context.Context, _ None) (*SampleSessions, error) {
	out := &SampleSessions{}
	for i, name := range []string{"sample-2026-01.zip", "sample-2026-02.zip"} {
		got, err := s.openSample(ctx, name, i+1)
		if err != nil {
			return nil, err
		}
		out.Sessions = append(out.Sessions, *got)
	}
	return out, nil
}

// sampleCustomers sizes the sample: some seconds of work.
const sampleCustomers = 300

func (s *Service) openSample(ctx context.Context, name string, delivery int) (*Received, error) {
	r, w := io.Pipe()
	written := make(chan error, 1)
	go func() {
		_, err := sample.Write(w, sample.Options{Seed: 1, Customers: sampleCustomers}, delivery)
		written <- err
		_ = w.CloseWithError(err) // a pipe's writer always closes
	}()
	got, err := s.ReceiveBundle(ctx, ReceiveRequest{Name: name, Bytes: -1, Body: r, Convert: true})
	_ = r.Close() // ends the writer if the reader gave up
	if werr := <-written; err == nil && werr != nil {
		return nil, retable.Fault(werr, "making the sample")
	}
	return got, err
}
