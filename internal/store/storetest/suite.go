package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"sync"
	"testing"

	"retable/internal/retable"
)

// Opener gives a fresh, migrated store that ends with the test.
type Opener func(t testing.TB) retable.Store

// Run tests that a store does what retable.Store and its nouns promise.
func Run(t *testing.T, open Opener) {
	for _, group := range []struct {
		name   string
		claims []claim
	}{
		{"transactions", transactionClaims()},
		{"users", userClaims()},
		{"logins", loginClaims()},
		{"credentials", credentialClaims()},
		{"sharing", sharingClaims()},
		{"sessions", sessionClaims()},
		{"uploads", uploadClaims()},
		{"artifacts", artifactClaims()},
		{"inventory", inventoryClaims()},
		{"comparisons", comparisonClaims()},
		{"answers", answerClaims()},
		{"several at once", severalClaims()},
		{"watches", watchClaims()},
		{"records", recordClaims()},
		{"audit", auditClaims()},
		{"jobs", jobClaims()},
		{"job ends", jobEndClaims()},
		{"job order", jobOrderClaims()},
		{"races", raceClaims()},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, c := range group.claims {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					c.test(newEnv(t, open))
				})
			}
		})
	}
}

// claim is something that a store promises.
type claim struct {
	name string
	test func(*env)
}

// env is a fresh store with helpers that end the test when something fails.
type env struct {
	*testing.T
	ctx   context.Context
	store retable.Store
}

func newEnv(t *testing.T, open Opener) *env {
	return &env{T: t, ctx: t.Context(), store: open(t)}
}

// do runs a transaction that must succeed.
func (e *env) do(fn func(tx retable.Tx) error) {
	e.Helper()
	if err := e.store.Update(e.ctx, fn); err != nil {
		e.Fatalf("update: %v", err)
	}
}

// see reads; it must succeed.
func (e *env) see(fn func(tx retable.Tx) error) {
	e.Helper()
	if err := e.store.View(e.ctx, fn); err != nil {
		e.Fatalf("view: %v", err)
	}
}

// refused runs a transaction that must be refused with the code.
func (e *env) refused(code retable.Code, fn func(tx retable.Tx) error) {
	e.Helper()
	err := e.store.Update(e.ctx, fn)
	var typed *retable.Error
	if !errors.As(err, &typed) || typed.Code != code {
		e.Fatalf("got error %v (%s), want %s", err, retable.CodeOf(err), code)
	}
	if typed.Detail == "" {
		e.Errorf("the refusal says nothing: %v", err)
	}
}

// refusedAs runs a transaction that must be refused with one of retable's
// refusals, such as ErrTaken.
func (e *env) refusedAs(want *retable.Error, fn func(tx retable.Tx) error) {
	e.Helper()
	err := e.store.Update(e.ctx, fn)
	var typed *retable.Error
	if !errors.Is(err, want) || !errors.As(err, &typed) || typed.Code != want.Code || typed.Reason != want.Reason {
		e.Fatalf("got error %v, want %v", err, want)
	}
}

// same compares what was read with what was written. Empty and missing lists
// and JSON are the same.
func same[T any](e *env, got, want T) {
	e.Helper()
	if !reflect.DeepEqual(got, want) {
		e.Fatalf("got\n  %s\nwant\n  %s", show(got), show(want))
	}
}

func show(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// user adds an account.
func (e *env) user(name string) *retable.User {
	e.Helper()
	u := &retable.User{
		ID: retable.NewID(), Username: name, Email: name + "@example.org", Role: retable.RoleUser, PasswordHash: "hash of " + name,
		Active: true, CreatedAt: 1000, UpdatedAt: 1000,
	}
	e.do(func(tx retable.Tx) error { return tx.Users().Create(e.ctx, u) })
	return u
}

// session adds a session of an owner.
func (e *env) session(owner *retable.User, name string) *retable.Session {
	e.Helper()
	s := &retable.Session{
		ID: retable.NewID(), OwnerID: owner.ID, Name: name, State: retable.SessionReceived, Form: "zip", SHA256: "sha of " + name,
		Bytes: 100, CreatedAt: 1000, UpdatedAt: 1000, UsedAt: 1000,
	}
	e.do(func(tx retable.Tx) error { return tx.Sessions().Create(e.ctx, s) })
	return s
}

// all walks through a list in parts of two and checks that the parts fit.
func all[T any](e *env, list func(tx retable.Tx, p retable.Page) (retable.List[T], error)) []T {
	e.Helper()
	var items []T
	total := int64(-1)
	page := retable.Page{Limit: 2}
	for {
		var part retable.List[T]
		e.see(func(tx retable.Tx) (err error) {
			part, err = list(tx, page)
			return err
		})
		if total >= 0 && part.Total != total {
			e.Fatalf("the total changed from %d to %d between parts", total, part.Total)
		}
		if part.Items == nil {
			e.Fatal("an empty part is nil")
		}
		total = part.Total
		items = append(items, part.Items...)
		if part.Next == "" {
			break
		}
		page.Cursor = part.Next
	}
	if int64(len(items)) != total {
		e.Fatalf("%d items in all parts, but the total says %d", len(items), total)
	}
	return items
}

// names maps items to what identifies them in a test.
func names[T any](items []T, name func(T) string) []string {
	out := make([]string, len(items))
	for i, item := range items {
		out[i] = name(item)
	}
	return out
}

// sameNames compares lists of names.
func sameNames(e *env, got []string, want ...string) {
	e.Helper()
	if !slices.Equal(got, want) {
		e.Fatalf("got %q, want %q", got, want)
	}
}

// atOnce runs fn n times at once and returns the errors.
func atOnce(n int, fn func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			errs[i] = fn(i)
		})
	}
	close(start)
	all.Wait()
	return errs
}

// winners counts the errors that are nil.
func winners(errs []error) (n int) {
	for _, err := range errs {
		if err == nil {
			n++
		}
	}
	return n
}

func raw(s string) json.RawMessage { return json.RawMessage(s) }
