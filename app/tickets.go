package app

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"time"

	"retable/internal/auth"
	"retable/internal/retable"
)

// ticketLife is how long a download link works.
const ticketLife = 60 * time.Second

// Download is what a link leads to: a blob, or the audit log.
type Download struct {
	Key       string // of the blob
	Name      string
	MediaType string
	Bytes     int64
	SHA256    string
	Audit     *AuditDownload `json:",omitempty"` // in place of a blob
}

// AuditDownload is the whole audit log, for who asked for the link.
type AuditDownload struct {
	Format string `json:"f"`
	UserID string `json:"u"`
	Local  bool   `json:"l,omitempty"` // the person at this machine
}

// tickets are download links that work once: a browser's link can't carry a
// token, and an address must not hold one that lasts. A ticket is its own
// content, sealed, so that any replica can redeem what another one gave. The
// table of throttles remembers which were used until they are over.
type tickets struct {
	keys  *auth.Ring
	store retable.Store
	clock retable.Clock
}

type ticket struct {
	ID       string         `json:"i"`
	Until    retable.Millis `json:"u"`
	Download Download       `json:"d"`
}

// newTickets returns an office for tickets. Without keys it has some of its
// own, which no other process knows.
func newTickets(keys *auth.Ring, store retable.Store, clock retable.Clock) (*tickets, error) {
	if keys == nil {
		secret := rand.Text() + rand.Text()
		var err error
		if keys, err = auth.NewRing("HS256", []auth.Secret{{ID: "1", Value: secret}}, secret, clock); err != nil {
			return nil, err
		}
	}
	return &tickets{keys, store, clock}, nil
}

// give makes a ticket.
func (t *tickets) give(d Download) (string, error) {
	raw, err := json.Marshal(ticket{retable.NewID(), t.clock.Now().Add(ticketLife), d})
	if err != nil {
		return "", retable.Fault(err, "making a download link")
	}
	return t.keys.Seal(auth.ForTicket, "", raw), nil
}

// take redeems a ticket, once on all replicas together.
func (t *tickets) take(ctx context.Context, sealed string) (d Download, ok bool, err error) {
	raw, err := t.keys.Unseal(auth.ForTicket, "", sealed)
	if err != nil {
		return d, false, nil //nolint:nilerr // what isn't ours is no ticket
	}
	var x ticket
	if err := json.Unmarshal(raw, &x); err != nil {
		return d, false, retable.Fault(err, "reading a download link")
	}
	now := t.clock.Now()
	if now >= x.Until {
		return d, false, nil
	}
	first := false
	err = t.store.Update(ctx, func(tx retable.Tx) error {
		key := "ticket:" + x.ID
		// Counting first locks the row: of two at once the second counts 2.
		if err := tx.Throttle().Fail(ctx, key, now, 2*ticketLife); err != nil {
			return err
		}
		n, _, err := tx.Throttle().Failures(ctx, key)
		first = n == 1
		return err
	})
	return x.Download, first, err
}

// Redeem gives what a ticket is for. It needs no caller: the ticket is the right.
func (s *Service) Redeem(ctx context.Context, id string) (*Download, error) {
	d, ok, err := s.tickets.take(ctx, id)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, &retable.Error{Code: retable.NotFound, Reason: "ticket_gone", Detail: "This download link has been used or is older than a minute; ask for a new one."}
	}
	return &d, nil
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

// AuditTicketRequest says how the audit log shall come.
type AuditTicketRequest struct {
	Format string `json:"format" enum:"csv,jsonl"`
}

// AuditTicket makes a link to the whole audit log, for administrators.
func (s *Service) AuditTicket(ctx context.Context, req AuditTicketRequest) (*TicketURL, error) {
	p, err := s.asAdmin(ctx)
	if err != nil {
		return nil, err
	}
	media, ok := map[string]string{"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}[req.Format]
	if !ok {
		return nil, retable.Errorf(retable.Unprocessable, "The audit log comes as jsonl or csv, not as %q.", req.Format)
	}
	d := Download{Name: "audit." + req.Format, MediaType: media, Audit: &AuditDownload{req.Format, p.UserID, p.Local}}
	id, err := s.tickets.give(d)
	if err != nil {
		return nil, err
	}
	return &TicketURL{URL: "/api/tickets/" + id, Name: d.Name}, nil
}

// AuditReader returns the context of who has the link to the audit log. They
// must be an administrator still.
func (s *Service) AuditReader(ctx context.Context, d *AuditDownload) (context.Context, error) {
	client := clientFrom(ctx)
	p := retable.Principal{UserID: d.UserID, Role: retable.RoleAdmin, Local: d.Local}
	if !d.Local {
		err := s.store.View(ctx, func(tx retable.Tx) (err error) {
			p, err = principalOf(ctx, tx, d.UserID, errEnded)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	p.Addr, p.Agent = client.Addr, client.Agent
	ctx = retable.WithPrincipal(ctx, &p)
	_, err := s.asAdmin(ctx)
	return ctx, err
}
