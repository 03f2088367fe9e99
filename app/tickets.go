package app

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"sync"
	"time"

	"retable/internal/retable"
)

// ticketLife is how long a download link works.
const ticketLife = 60 * time.Second

// maxTickets bounds those that are out at once.
const maxTickets = 10_000

// Download is what a link leads to.
type Download struct {
	Key       string // of the blob
	Name      string
	MediaType string
	Bytes     int64
	SHA256    string
}

// tickets are download links that work once: a browser's link can't carry a
// token, and an address must not hold one that lasts.
type tickets struct {
	clock retable.Clock
	mu    sync.Mutex
	out   map[string]ticket
}

type ticket struct {
	d     Download
	until time.Time
}

func newTickets(clock retable.Clock) *tickets {
	return &tickets{clock: clock, out: map[string]ticket{}}
}

// give makes a ticket.
func (t *tickets) give(d Download) (string, error) {
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return "", retable.Fault(err, "making a download link")
	}
	id := base64.RawURLEncoding.EncodeToString(raw)
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.clock()
	if len(t.out) >= maxTickets {
		for k, x := range t.out {
			if now.After(x.until) {
				delete(t.out, k)
			}
		}
		if len(t.out) >= maxTickets {
			return "", &retable.Error{Code: retable.Busy, RetryAfter: ticketLife, Detail: "Too many downloads are being prepared; try again in a minute."}
		}
	}
	t.out[id] = ticket{d, now.Add(ticketLife)}
	return id, nil
}

// take redeems a ticket, once.
func (t *tickets) take(id string) (Download, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	x, ok := t.out[id]
	delete(t.out, id)
	return x.d, ok && t.clock().Before(x.until)
}

// Redeem gives what a ticket is for. It needs no caller: the ticket is the right.
func (s *Service) Redeem(_ context.Context, id string) (*Download, error) {
	if d, ok := s.tickets.take(id); ok {
		return &d, nil
	}
	return nil, &retable.Error{Code: retable.NotFound, Reason: "ticket_gone", Detail: "This download link has been used or is older than a minute; ask for a new one."}
}

// OpenDownload opens what a download consists of.
func (s *Service) OpenDownload(ctx context.Context, d *Download) (retable.BlobReader, error) {
	return s.blobs.Open(ctx, d.Key)
}

func (s *Service) ticketFor(a *retable.Artifact) (*TicketURL, error) {
	id, err := s.tickets.give(Download{Key: a.Key, Name: a.Name, MediaType: a.MediaType, Bytes: a.Bytes, SHA256: a.SHA256})
	if err != nil {
		return nil, err
	}
	return &TicketURL{URL: "/api/tickets/" + id, Name: a.Name}, nil
}
