package auth

import (
	"context"
	"sync"
	"time"

	"retable/internal/retable"
)

// TicketTTL is how long a ticket can be used.
const TicketTTL = time.Minute

// Ticket is a permission to fetch one thing once without a bearer token: a
// browser's link can't carry one.
type Ticket struct {
	ID       string `json:"i"`
	UserID   string `json:"u"`
	LoginID  string `json:"l,omitempty"` // the log-in must still be good
	Resource string `json:"r"`           // what may be fetched, such as a path with its query
}

// Spender remembers what was used: the first to spend an id gets true, over
// all replicas. After ttl it may forget.
type Spender interface {
	Spend(ctx context.Context, id string, ttl time.Duration) (first bool, err error)
}

// Tickets issues and takes tickets. A ticket is sealed, so a log of addresses
// tells nothing by it.
type Tickets struct {
	ring    *Ring
	spender Spender
}

// NewTickets returns an office for tickets.
func NewTickets(ring *Ring, spender Spender) *Tickets { return &Tickets{ring, spender} }

// Issue returns a ticket for a resource and the time at which it ends.
func (t *Tickets) Issue(userID, loginID, resource string) (string, retable.Millis, error) {
	ends := t.ring.clock.Now().Add(TicketTTL)
	sealed, err := sealFor(t.ring, ForTicket, Ticket{retable.NewID(), userID, loginID, resource}, TicketTTL)
	return sealed, ends, err
}

// Take checks a ticket for the resource and uses it up: Unauthorized if it is
// not good (any more).
func (t *Tickets) Take(ctx context.Context, ticket, resource string) (Ticket, error) {
	refused := &retable.Error{Code: retable.Unauthorized, Reason: "ticket_invalid", Detail: "The link has been used or has expired; ask for a new one."}
	v, err := unsealFor[Ticket](t.ring, ForTicket, ticket)
	if err != nil || v.Resource != resource {
		refused.Err = err
		return Ticket{}, refused
	}
	first, err := t.spender.Spend(ctx, v.ID, 2*TicketTTL)
	if err != nil {
		return Ticket{}, err
	}
	if !first {
		return Ticket{}, refused
	}
	return v, nil
}

// MemorySpender remembers within one process.
type MemorySpender struct {
	clock retable.Clock
	mu    sync.Mutex
	spent map[string]retable.Millis
	next  retable.Millis // when to look for what can be forgotten
}

var _ Spender = (*MemorySpender)(nil)

// NewMemorySpender returns an empty memory.
func NewMemorySpender(clock retable.Clock) *MemorySpender {
	return &MemorySpender{clock: clock, spent: map[string]retable.Millis{}}
}

// maxSpent bounds the memory; beyond it nothing more is taken.
const maxSpent = 1_000_000

// Spend reports whether the id wasn't spent before.
func (m *MemorySpender) Spend(_ context.Context, id string, ttl time.Duration) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.clock.Now()
	if now >= m.next {
		for id, ends := range m.spent {
			if ends <= now {
				delete(m.spent, id)
			}
		}
		m.next = now.Add(TicketTTL)
	}
	if _, was := m.spent[id]; was {
		return false, nil
	}
	if len(m.spent) >= maxSpent {
		return false, retable.Errorf(retable.Busy, "Too many tickets are in use; try again in a minute.")
	}
	m.spent[id] = now.Add(ttl)
	return true, nil
}
