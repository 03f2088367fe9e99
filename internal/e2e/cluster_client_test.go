//go:build unix

package e2e

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"retable/internal/sample"
)

// persistent is a client as a team's scripts are: where nobody answers, or the
// answer is that something is down or busy, it asks again, at another replica.
type persistent struct {
	bases func() []string // of the replicas that a proxy would choose from
	token string
	seen  *tally
	limit time.Duration // after which it gives a request up
}

// tally counts what clients were answered, by status; 0 is no answer at all.
type tally struct {
	mu       sync.Mutex
	statuses map[int]int
	slowest  time.Duration // from a request to its answer, all repeats included
	slow     string
	errors   map[string]int // texts of the refusals
	hinted   int            // refusals that say when to come again
}

func newTally() *tally { return &tally{statuses: map[int]int{}, errors: map[string]int{}} }

func (t *tally) add(status int, r *reply) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.statuses[status]++
	if r == nil || status < 400 {
		return
	}
	t.errors[fmt.Sprintf("%d %s: %s", status, r.what, r.text("detail"))]++
	if r.header.Get("Retry-After") != "" {
		t.hinted++
	}
}

func (t *tally) took(d time.Duration, what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if d > t.slowest {
		t.slowest, t.slow = d, what
	}
}

func (t *tally) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var b strings.Builder
	for _, status := range sortedKeys(t.statuses) {
		name := strconv.Itoa(status)
		if status == 0 {
			name = "no answer"
		}
		fmt.Fprintf(&b, "%s: %d, ", name, t.statuses[status])
	}
	fmt.Fprintf(&b, "with Retry-After: %d, the longest from request to answer %v (%s)", t.hinted, t.slowest.Round(time.Millisecond), t.slow)
	texts := make([]string, 0, len(t.errors))
	for text, n := range t.errors {
		texts = append(texts, fmt.Sprintf("\n  %d times %s", n, text))
	}
	slices.Sort(texts)
	return b.String() + strings.Join(texts[:min(len(texts), 40)], "")
}

func sortedKeys(m map[int]int) []int {
	keys := make([]int, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// ask makes a request until it is answered; a refusal that no repeating helps
// is an error. ok are statuses beside 200 that are an answer: 404 for what was
// to be deleted, for instance.
func (p *persistent) ask(ctx context.Context, method, path string, body any, ok ...int) (*reply, error) {
	began := time.Now()
	for try := 0; ; try++ {
		bases := p.bases()
		base := bases[rand.IntN(len(bases))]
		r, err := caller{base: base, token: p.token}.try(ctx, method, path, body)
		wait := time.Duration(20+rand.IntN(80)) * time.Millisecond
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			p.seen.add(0, nil)
		case r.status == http.StatusOK || slices.Contains(ok, r.status):
			p.seen.add(r.status, r)
			p.seen.took(time.Since(began), method+" "+strings.SplitN(path, "?", 2)[0])
			return r, nil
		case r.status >= 500 || r.status == http.StatusTooManyRequests || r.text("reason") == "verifying" || r.text("code") == "busy":
			p.seen.add(r.status, r)
			if seconds, _ := strconv.Atoi(r.header.Get("Retry-After")); seconds > 0 {
				wait = min(time.Duration(seconds)*time.Second, 2*time.Second)
			}
		default:
			p.seen.add(r.status, r)
			return r, fmt.Errorf("%s %s: %d %.400s", method, path, r.status, r.body)
		}
		if time.Since(began) > p.limit {
			last := "nobody answers"
			if r != nil {
				last = fmt.Sprintf("%d %.300s", r.status, r.body)
			}
			return nil, fmt.Errorf("%s %s: given up after %v and %d tries: %s, %v", method, path, p.limit, try+1, last, err)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(wait):
		}
	}
}

// done waits until a job is over, and it must have succeeded.
func (p *persistent) done(ctx context.Context, job string) (*reply, error) {
	for began := time.Now(); ; {
		r, err := p.ask(ctx, "GET", "/api/jobs/"+job, nil)
		if err != nil {
			return nil, err
		}
		switch s := r.text("status"); {
		case s == "SUCCESS":
			return r, nil
		case s == "FAILED" || s == "CANCELLED" || time.Since(began) > 2*p.limit:
			return nil, fmt.Errorf("job %s is %s after %v: %s", job, s, time.Since(began).Round(time.Second), r.body)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// upload brings a bundle in by parts and gives its session and the job of its
// conversion. Every step of it can be repeated.
func (p *persistent) upload(ctx context.Context, name string, bundle []byte) (session, job string, err error) {
	up, err := p.ask(ctx, "POST", "/api/uploads", map[string]any{"filename": name, "bytes": len(bundle), "sha256": digest(bundle)})
	if err != nil {
		return "", "", err
	}
	at := "/api/uploads/" + up.text("id")
	if _, err := p.ask(ctx, "PUT", at+"/parts/1", bundle); err != nil {
		return "", "", err
	}
	got, err := p.ask(ctx, "POST", at+"/complete", nil)
	if err != nil {
		return "", "", err
	}
	return got.text("session_id"), got.text("job_id"), nil
}

// chain is what one client has done with one bundle, and what came of it.
type chain struct {
	seed       uint64
	session    string
	rows       string // digests
	export     string
	answer     string
	other      uint64 // what it was compared with, by the seed
	comparison string
	changes    string
}

// walk takes a bundle in, converts it, asks for an export, an index and a
// comparison without waiting, so that they queue up behind each other, and reads
// what came of them.
func (p *persistent) walk(ctx context.Context, name string, bundle []byte, seed uint64, before *chain) (*chain, error) {
	c := &chain{seed: seed}
	var job string
	var err error
	if c.session, job, err = p.upload(ctx, name+".zip", bundle); err != nil {
		return nil, err
	}
	jobs := []string{job}
	exported, err := p.ask(ctx, "POST", "/api/sessions/"+c.session+"/exports", map[string]any{"format": "jsonl"})
	if err != nil {
		return nil, err
	}
	indexed, err := p.ask(ctx, "POST", "/api/ai/index", map[string]any{"session_id": c.session, "collection": name})
	if err != nil {
		return nil, err
	}
	jobs = append(jobs, exported.text("job_id"), indexed.text("job_id"))
	if before != nil {
		compared, err := p.ask(ctx, "POST", "/api/comparison/compare", map[string]any{"left_session_id": before.session, "right_session_id": c.session})
		if err != nil {
			return nil, err
		}
		c.other, c.comparison = before.seed, compared.text("job_id")
		jobs = append(jobs, c.comparison)
	}
	for _, id := range jobs {
		if id == "" {
			continue
		}
		if _, err := p.done(ctx, id); err != nil {
			return nil, err
		}
	}
	return c, p.read(ctx, c, name)
}

// read reads what the jobs of a chain have made.
func (p *persistent) read(ctx context.Context, c *chain, collection string) error {
	at := "/api/sessions/" + c.session
	rows, err := p.ask(ctx, "GET", at+"/tables/1/rows?offset=0&limit=100", nil)
	if err != nil {
		return err
	}
	proof, err := p.ask(ctx, "GET", at+"/proof", nil)
	if err != nil {
		return err
	}
	c.rows = fmt.Sprintf("%.16s, proof %s %s of %s", digest(rows.body), proof.text("holds"), proof.text("accounted"), proof.text("values"))
	file, err := p.ask(ctx, "GET", "/api/conversion/download/"+c.session+"?format=jsonl", nil)
	if err == nil {
		c.export, err = contents(file.body)
	}
	if err != nil {
		return err
	}
	answer, err := p.ask(ctx, "POST", "/api/ai/chat", map[string]any{"collection": collection, "question": "How many customers are there?"})
	if err != nil {
		return err
	}
	c.answer = answer.text("answer")
	if c.comparison == "" {
		return nil
	}
	results, err := p.ask(ctx, "GET", "/api/comparison/results/"+c.comparison, nil)
	if err != nil {
		return err
	}
	c.changes = fmt.Sprintf("%v alike, %s changes", results.at("similarity"), results.text("changes_total"))
	return nil
}

// contents tells what is in a ZIP of tables, by name and content.
func contents(raw []byte) (string, error) {
	if !bytes.HasPrefix(raw, []byte("PK")) {
		return fmt.Sprintf("%d bytes, %.16s", len(raw), digest(raw)), nil // one table comes as it is
	}
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return "", err
	}
	var all []string
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, ".json") {
			continue // it names times and versions
		}
		r, err := f.Open()
		if err != nil {
			return "", err
		}
		content, err := io.ReadAll(r)
		if err != nil {
			return "", err
		}
		_, file, _ := strings.Cut(f.Name, "/") // below the session's name
		all = append(all, fmt.Sprintf("%s %.16s", file, digest(content)))
	}
	slices.Sort(all)
	return strings.Join(all, ", "), nil
}

// numbered is a bundle whose content is the seed's, and whose bytes are its own:
// what is converted once already would not be converted again.
func numbered(t *testing.T, seed uint64, number int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("customers.xml")
	if err == nil {
		err = sample.Records(w, 60<<10, seed)
	}
	if err == nil {
		err = z.SetComment(fmt.Sprintf("delivery %d", number))
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Error(err) // also from goroutines
	}
	return b.Bytes()
}
