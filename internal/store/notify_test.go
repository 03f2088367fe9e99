package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"retable/internal/retable"
	"retable/internal/store"
	"retable/internal/store/storetest"
)

const (
	soon  = time.Minute // nothing here waits longer than that
	hello = "hello"
)

func woken(t *testing.T, ready <-chan struct{}) {
	t.Helper()
	select {
	case <-ready:
	case <-time.After(soon):
		t.Fatal("nobody was woken")
	}
}

// received waits for a message that is neither the word of a loss nor one of
// heard's.
func received(t *testing.T, messages <-chan store.Message) string {
	t.Helper()
	for {
		select {
		case m := <-messages:
			if !m.Lost && string(m.Payload) != hello {
				return string(m.Payload)
			}
		case <-time.After(soon):
			t.Fatal("no message came")
		}
	}
}

// two stores of one database: the same one twice with SQLite, where hints stay
// in the process.
func two(t *testing.T, engine string) (here, there *store.Store) {
	t.Helper()
	cfg := storetest.Config(t, engine)
	here = storetest.OpenConfig(t, cfg)
	if engine == store.SQLite {
		return here, here
	}
	return here, storetest.OpenConfig(t, cfg)
}

// heard waits until a listener's connection stands.
func heard(t *testing.T, publisher *store.Store, channel string, messages <-chan store.Message) {
	t.Helper()
	for deadline := time.Now().Add(soon); time.Now().Before(deadline); {
		if err := publisher.Publish(t.Context(), channel, []byte(hello)); err != nil {
			t.Fatal(err)
		}
		select {
		case m := <-messages:
			if !m.Lost {
				return
			}
		case <-time.After(50 * time.Millisecond):
		}
	}
	t.Fatal("nothing was heard")
}

func TestEnqueueingWakesWorkersEverywhere(t *testing.T) {
	onBoth(t, func(t *testing.T, engine string) {
		here, there := two(t, engine)
		ready, stop := there.Wake()
		defer stop()
		messages, end := there.Listen("x")
		defer end()
		heard(t, here, "x", messages)
		select {
		case <-ready: // that the connection stands
		default:
		}
		enqueue := func(commit bool) int64 {
			var id int64
			_ = here.Update(t.Context(), func(tx retable.Tx) error {
				job, _, err := tx.Jobs().Enqueue(t.Context(), retable.JobSpec{Kind: retable.JobScan}, 1000)
				if err != nil {
					t.Error(err)
					return err
				}
				if id = job.ID; !commit {
					return fmt.Errorf("undone")
				}
				return nil
			})
			return id
		}
		enqueue(false)
		if err := here.Publish(t.Context(), "x", []byte("after")); err != nil {
			t.Fatal(err)
		}
		if got := received(t, messages); got != "after" {
			t.Errorf("got %q", got)
		}
		select { // in order: what was undone would have woken before
		case <-ready:
			t.Error("what was undone woke somebody")
		default:
		}
		enqueue(true)
		woken(t, ready)

		// What a job's end lets others do wakes too.
		err := here.Update(t.Context(), func(tx retable.Tx) error {
			job, err := tx.Jobs().Claim(t.Context(), "w", nil, time.Minute, 1000)
			if err != nil {
				return err
			}
			return tx.Jobs().Release(t.Context(), retable.Lease{JobID: job.ID, Owner: "w", Attempt: 1}, 1001)
		})
		if err != nil {
			t.Fatal(err)
		}
		woken(t, ready)
	})
}

func TestMessagesReachAllWhoListenInOrder(t *testing.T) {
	onBoth(t, func(t *testing.T, engine string) {
		here, there := two(t, engine)
		mine, stopMine := here.Listen("progress")
		defer stopMine()
		theirs, stopTheirs := there.Listen("progress")
		other, stopOther := there.Listen("other")
		defer stopOther()
		heard(t, here, "progress", mine)
		heard(t, here, "progress", theirs)
		for i := range 20 {
			if err := here.Publish(t.Context(), "progress", fmt.Appendf(nil, "ä %d", i)); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 20 {
			for _, messages := range []<-chan store.Message{mine, theirs} {
				if got := received(t, messages); got != fmt.Sprintf("ä %d", i) {
					t.Fatalf("got %q, want %d", got, i)
				}
			}
		}
		stopTheirs()
		if err := here.Publish(t.Context(), "progress", []byte("after the end")); err != nil {
			t.Fatal(err)
		}
		if got := received(t, mine); got != "after the end" {
			t.Errorf("got %q", got)
		}
		for _, messages := range []<-chan store.Message{theirs, other} {
			select {
			case m := <-messages:
				if !m.Lost && string(m.Payload) != hello {
					t.Errorf("got %q", m.Payload)
				}
			default:
			}
		}
	})
}

func TestWhatCantBePublishedIsRefused(t *testing.T) {
	onBoth(t, func(t *testing.T, engine string) {
		s := storetest.Open(t, engine)
		most := store.MaxPayload - len("c") - 1
		if err := s.Publish(t.Context(), "c", []byte(strings.Repeat("x", most))); err != nil {
			t.Error(err)
		}
		for _, c := range []struct {
			channel, payload string
			code             retable.Code
		}{
			{"c", strings.Repeat("x", most+1), retable.TooLarge},
			{"a b", "x", retable.Invalid},
			{"", "x", retable.Invalid},
			{"c", "\xff", retable.Invalid},
		} {
			if err := s.Publish(t.Context(), c.channel, []byte(c.payload)); !retable.Is(err, c.code) {
				t.Errorf("%q: got %v, want %s", c.channel, err, c.code)
			}
		}
	})
}

func TestASlowListenerIsToldThatItLostSomething(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, store.SQLite)
	messages, stop := s.Listen("c")
	defer stop()
	for i := range 1000 {
		if err := s.Publish(t.Context(), "c", fmt.Appendf(nil, "%d", i)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 255 {
		if m := <-messages; m.Lost || string(m.Payload) != fmt.Sprint(i) {
			t.Fatalf("got %+v, want %d", m, i)
		}
	}
	if m := <-messages; !m.Lost {
		t.Errorf("got %q, want the word that something was lost", m.Payload)
	}
	if err := s.Publish(t.Context(), "c", []byte("again")); err != nil {
		t.Fatal(err)
	}
	if m := <-messages; string(m.Payload) != "again" {
		t.Errorf("got %+v", m)
	}
}

func TestAListenerReconnects(t *testing.T) {
	t.Parallel()
	cfg := storetest.Config(t, store.Postgres)
	here, there := storetest.OpenConfig(t, cfg), storetest.OpenConfig(t, cfg)
	ready, stop := there.Wake()
	defer stop()
	messages, end := there.Listen("c")
	defer end()
	heard(t, here, "c", messages)
	select {
	case <-ready:
	default:
	}
	_, err := here.SQL().ExecContext(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND application_name = 'retable-listen'`)
	if err != nil {
		t.Fatal(err)
	}
	lost := time.After(soon)
	for told := false; !told; {
		select {
		case m := <-messages:
			told = m.Lost
		case <-lost:
			t.Fatal("the loss was not told")
		}
	}
	woken(t, ready) // jobs may have come meanwhile
	heard(t, here, "c", messages)
}

func TestASilentConnectionIsTestedAndGoesOn(t *testing.T) {
	t.Parallel()
	s := storetest.OpenConfig(t, store.WithIdle(storetest.Config(t, store.Postgres), 20*time.Millisecond))
	messages, stop := s.Listen("c")
	defer stop()
	heard(t, s, "c", messages)
	pid := listener(t, s)
	for deadline := time.Now().Add(soon); ; time.Sleep(20 * time.Millisecond) { // until it was tested
		var query string
		err := s.SQL().QueryRowContext(t.Context(), "SELECT query FROM pg_stat_activity WHERE pid = $1", pid).Scan(&query)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(query, "LISTEN") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("it was not tested")
		}
	}
	heard(t, s, "c", messages)
	var there int
	if err := s.SQL().QueryRowContext(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE pid = $1", pid).Scan(&there); err != nil || there != 1 {
		t.Errorf("the connection did not last: %d, %v", there, err)
	}
}

// listener is the server's process of the listening connection.
func listener(t *testing.T, s *store.Store) (pid int) {
	t.Helper()
	err := s.SQL().QueryRowContext(t.Context(), `SELECT pid FROM pg_stat_activity
		WHERE datname = current_database() AND application_name = 'retable-listen'`).Scan(&pid)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func TestListeningEndsWithTheStore(t *testing.T) {
	t.Parallel()
	cfg := storetest.Config(t, store.Postgres)
	s, err := store.Open(context.WithoutCancel(t.Context()), cfg)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		_, stop := s.Wake()
		defer stop()
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, stop := s.Wake() // after the end it only never wakes
	stop()
}
