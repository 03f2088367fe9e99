//go:build unix

package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"retable/internal/store/storetest"
)

// outage is something that is taken away from a site under load, and given back.
type outage struct {
	name string
	take func() error
	give func() error
	lost time.Duration // between the two
	hits int           // how many replicas notice
}

// TestOutages: while clients work who repeat what is refused, PostgreSQL and S3
// are taken away and given back. Replicas recover by themselves, nothing is
// lost, and refusals say when to come again.
func TestOutages(t *testing.T) {
	if !soak() {
		t.Skip("RET_SOAK=1 runs it")
	}
	pg := storetest.OwnPostgres(t)
	if err := pg.Migrated(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := newChaos(t, pg.URL("127.0.0.1"), "all", "all", "all")
	stop := c.load(t)
	for _, o := range []outage{
		{"PostgreSQL restarted, fast", func() error { return pg.Stop("fast") }, pg.Start, 0, 3},
		{"PostgreSQL restarted, immediate", func() error { return pg.Stop("immediate") }, pg.Start, 0, 3},
		{"PostgreSQL away for 20 s", func() error { return pg.Stop("immediate") }, pg.Start, 20 * time.Second, 3},
		{"S3 away for 30 s", func() error { c.s3.Kill(); return nil }, func() error { return c.s3.Start(t.Context()) }, 30 * time.Second, 3},
	} {
		c.suffer(t, o)
	}
	stop()
	c.sound(t)
}

// suffer goes through an outage and tells what was seen of it.
func (c *chaos) suffer(t *testing.T, o outage) {
	t.Helper()
	before := c.seen.copy()
	live := c.watchLiveness(t)
	if err := o.take(); err != nil {
		t.Fatal(err)
	}
	taken := time.Now()
	var noticed time.Duration
	for time.Since(taken) < o.lost {
		down := 0
		for _, r := range c.servers {
			if !r.up() {
				down++
			}
		}
		if noticed == 0 && down == o.hits {
			noticed = time.Since(taken)
		}
		time.Sleep(50 * time.Millisecond) // between two looks
	}
	if o.lost > 0 && noticed == 0 {
		t.Errorf("%s: it was not noticed by %d replicas", o.name, o.hits)
	}
	if err := o.give(); err != nil {
		t.Fatal(err)
	}
	given := time.Now()
	for _, r := range c.servers {
		for !r.up() {
			if time.Since(given) > patience {
				t.Fatalf("%s: %s is not ready again: %s", o.name, r.base, tail(r.said.String(), 1000))
			}
			time.Sleep(20 * time.Millisecond) // between two looks
		}
	}
	recovered := time.Since(given)
	done := c.bundles()
	for c.bundles() < done+c.clients { // everybody gets work done again
		if time.Since(given) > patience {
			t.Fatalf("%s: clients don't go on", o.name)
		}
		time.Sleep(50 * time.Millisecond) // between two looks
	}
	if n := live(); n > 0 {
		t.Errorf("%s: %d times a replica said that it doesn't live", o.name, n)
	}
	seen := c.seen.copy()
	var statuses []string
	for _, status := range sortedKeys(seen) {
		if n := seen[status] - before[status]; n > 0 {
			statuses = append(statuses, fmt.Sprintf("%d: %d", status, n))
		}
		if status >= 400 && status != 503 && seen[status] > before[status] {
			t.Errorf("%s: clients were answered with %d", o.name, status)
		}
	}
	t.Logf("%s: noticed after %v, away for %v, all ready %v after its return, everybody's work went on after %v; answers: %s", o.name,
		noticed.Round(10*time.Millisecond), given.Sub(taken).Round(10*time.Millisecond), recovered.Round(10*time.Millisecond), time.Since(given).Round(10*time.Millisecond), strings.Join(statuses, ", "))
}

func (c *chaos) bundles() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.chains)
}

func (t *tally) copy() map[int]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := map[int]int{}
	for k, v := range t.statuses {
		all[k] = v
	}
	return all
}

// watchLiveness asks all replicas whether they live, until the function that it
// returns is called, which tells how often one did not.
func (c *chaos) watchLiveness(t *testing.T) (failed func() int) {
	t.Helper()
	stop, result := make(chan struct{}), make(chan int)
	go func() {
		n := 0
		defer func() { result <- n }()
		for {
			for _, r := range c.servers {
				res, err := oneShot.Get(r.base + "/health")
				if err != nil {
					n++
					continue
				}
				_ = res.Body.Close()
				if res.StatusCode != http.StatusOK {
					n++
				}
			}
			select {
			case <-stop:
				return
			case <-time.After(200 * time.Millisecond):
			}
		}
	}()
	return func() int {
		close(stop)
		return <-result
	}
}

// TestAReplicaCutOffFromTheDatabase: one of three replicas lives in a network of
// its own, whose cable to PostgreSQL is pulled and put back: no connection is
// refused, nothing answers. The others go on; it says that it isn't ready, its
// jobs are done elsewhere, and when the cable is back it works again.
func TestAReplicaCutOffFromTheDatabase(t *testing.T) {
	if !soak() {
		t.Skip("RET_SOAK=1 runs it")
	}
	wire := newCable(t)
	pg := storetest.OwnPostgres(t)
	if err := pg.Migrated(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := newChaos(t, pg.URL("127.0.0.1"), "all", "all")
	for i, setting := range c.setting {
		if rest, ok := strings.CutPrefix(setting, "RET_BLOBS="); ok {
			c.setting[i] = "RET_BLOBS=" + strings.Replace(rest, strings.TrimPrefix(c.s3.URL, "http://"), wire.forward(t, c.s3.URL), 1)
		}
	}
	far := &server{home: replicaHome(t, c.setting, "RET_DATABASE="+pg.URL(wire.database), "RET_ADDRESS="+wire.address+":8000", "RET_ALLOW_HTTP=true", "RET_COOKIE_SECURE=auto"),
		base: "http://" + wire.address + ":8000", program: wire.program(t)}
	c.servers = append(c.servers, far)
	t.Cleanup(far.kill)
	far.start(t)
	c.route()
	stop := c.load(t)
	for _, lost := range []time.Duration{8 * time.Second, 40 * time.Second} {
		c.suffer(t, outage{fmt.Sprintf("cut off for %v", lost), wire.cut, wire.mend, lost, 1})
	}
	stop()
	c.sound(t)
}

// cable is a network of its own with two links to this machine: one to the
// database, which can be cut, and one for everything else.
type cable struct {
	name     string
	database string // the machine's address on the first
	gateway  string // and on the second
	address  string // the network's on the second
}

func newCable(t *testing.T) *cable {
	t.Helper()
	id := os.Getpid() % 250
	n := &cable{name: fmt.Sprintf("ret%d", id), database: fmt.Sprintf("10.213.%d.1", id), gateway: fmt.Sprintf("10.214.%d.1", id), address: fmt.Sprintf("10.214.%d.2", id)}
	if err := n.ip("netns", "add", n.name); err != nil {
		t.Skipf("a network can't be made here: %v", err)
	}
	t.Cleanup(func() {
		if err := n.ip("netns", "del", n.name); err != nil {
			t.Error(err)
		}
	})
	for i, here := range []string{n.database, n.gateway} {
		link, peer := fmt.Sprintf("%sx%d", n.name, i), fmt.Sprintf("%sy%d", n.name, i)
		for _, args := range [][]string{
			{"link", "add", link, "type", "veth", "peer", "name", peer, "netns", n.name},
			{"addr", "add", here + "/30", "dev", link},
			{"link", "set", link, "up"},
			{"-n", n.name, "addr", "add", strings.TrimSuffix(here, "1") + "2/30", "dev", peer},
			{"-n", n.name, "link", "set", peer, "up"},
			{"-n", n.name, "link", "set", "lo", "up"},
		} {
			if err := n.ip(args...); err != nil {
				t.Fatal(err)
			}
		}
	}
	return n
}

func (n *cable) ip(args ...string) error {
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("ip %s: %w %s", strings.Join(args, " "), err, out)
	}
	return nil
}

func (n *cable) cut() error  { return n.ip("link", "set", n.name+"x0", "down") }
func (n *cable) mend() error { return n.ip("link", "set", n.name+"x0", "up") }

// program runs the built program in the network; the process that is started is
// replaced by it, so signals meet the program.
func (n *cable) program(t *testing.T) string {
	t.Helper()
	path := t.TempDir() + "/retable"
	script := fmt.Sprintf("#!/bin/sh\nexec ip netns exec %s %s \"$@\"\n", n.name, program(t))
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// forward lets the network reach a server of this machine's loopback, and gives
// the address.
func (n *cable) forward(t *testing.T, url string) string {
	t.Helper()
	l, err := net.Listen("tcp", n.gateway+":0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return // closed
			}
			far, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
			if err != nil {
				near.Close()
				continue
			}
			for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
				go func() {
					_, _ = io.Copy(way[0], way[1]) // until either ends
					way[0].Close()
					way[1].Close()
				}()
			}
		}
	}()
	return l.Addr().String()
}
