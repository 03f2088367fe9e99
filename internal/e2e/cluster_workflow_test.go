//go:build unix

package e2e

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"

	"retable/internal/blob/blobtest"
	"retable/internal/store/storetest"
)

// TestTheWholeWorkflowIsTheSameOnBothEngines walks through everything a team
// does: embedded, and on PostgreSQL and S3 with two processes that answer and
// one that works. What one process is asked for is read at the other. In the
// end both installations must have told the same.
func TestTheWholeWorkflowIsTheSameOnBothEngines(t *testing.T) {
	program(t)
	told := map[string][]string{}
	for _, engine := range []string{"embedded", "PostgreSQL and S3"} {
		t.Run(engine, func(t *testing.T) {
			var s *site
			if engine == "embedded" {
				s = aloneSite(t)
			} else {
				s = teamSite(t)
			}
			s.setUp(t)
			s.noLinkIsGood(t)
			w := &walk{t: t, site: s, direct: engine != "embedded"}
			w.all()
			told[engine] = w.told
			for _, r := range s.servers {
				r.stop(t)
			}
		})
	}
	if a, b := told["embedded"], told["PostgreSQL and S3"]; len(b) > 0 && !slices.Equal(a, b) {
		t.Errorf("embedded:\n%s\non PostgreSQL and S3:\n%s", strings.Join(a, "\n"), strings.Join(b, "\n"))
	}
}

// teamSite is two processes that answer and one that works.
func teamSite(t *testing.T) *site {
	t.Helper()
	s3 := blobtest.S3(t)
	settings := teamSettings(storetest.Postgres(t), s3, "RET_DIRECT_BYTES=1")
	s := &site{}
	s.add(t, replicaHome(t, settings, "RET_ROLE=api"))
	s.add(t, replicaHome(t, settings, "RET_ROLE=api"))
	s.add(t, replicaHome(t, settings, "RET_ROLE=worker"))
	return s
}

// noLinkIsGood: once an administrator is set up, no replica's link works, that
// which another has printed included.
func (s *site) noLinkIsGood(t *testing.T) {
	t.Helper()
	links := 0
	for _, r := range s.servers {
		m := setupLink.FindStringSubmatch(r.said.String())
		if m == nil {
			continue
		}
		links++
		if got := s.at(0, t).call("POST", "/api/auth/setup", map[string]any{"token": m[1], "username": "eve", "password": sitePassword}); got.status < 400 {
			t.Errorf("a second administrator was set up: %d %s", got.status, got.body)
		}
	}
	if answering := len(s.servers); links < min(answering, 2) {
		t.Errorf("%d links were printed by %d processes", links, answering)
	}
}

// walk is one way through everything. here and there are two processes (the
// same one in an embedded installation).
type walk struct {
	t      *testing.T
	site   *site
	direct bool // clients are sent to the store
	told   []string

	bea    string // token of a second user
	beaID  string
	first  string // sessions
	second string

	comparison string
}

func (w *walk) here() caller  { return w.site.at(0, w.t) }
func (w *walk) there() caller { return w.site.at(1, w.t) }

// tell writes down what must be the same on both engines.
func (w *walk) tell(format string, args ...any) {
	w.told = append(w.told, fmt.Sprintf(format, args...))
}

func (w *walk) all() {
	for _, step := range []struct {
		name string
		do   func()
	}{
		{"a second user", w.invite},
		{"upload in parts, at both", w.uploadParts},
		{"upload by a link", w.uploadLinked},
		{"progress is heard at the other", w.progress},
		{"browse", w.browse},
		{"compare", w.compare},
		{"ask", w.ask},
		{"export and download", w.export},
		{"share", w.share},
		{"cancel", w.cancel},
		{"delete", w.remove},
	} {
		outer := w.t
		outer.Run(step.name, func(t *testing.T) {
			w.t = t
			defer func() { w.t = outer }()
			step.do()
		})
		if outer.Failed() {
			outer.FailNow()
		}
	}
}

func (w *walk) invite() {
	made := w.here().call("POST", "/api/admin/users", map[string]any{"username": "bea", "role": "user"}).want(200)
	w.beaID = made.text("user", "id")
	_, token, ok := strings.Cut(made.text("setup_url"), "#token=")
	if !ok {
		w.t.Fatalf("no link for the new user: %s", made.body)
	}
	w.there().call("POST", "/api/auth/password-reset/confirm", map[string]any{"token": token, "new_password": sitePassword}).want(200)
	w.bea = w.here().call("POST", "/api/auth/login", map[string]any{"username": "bea", "password": sitePassword}).want(200).text("access_token")
	w.tell("%s", w.site.as(w.bea, 1, w.t).call("GET", "/api/auth/me", nil).want(200).text("username"))
	logins := w.site.as(w.bea, 1, w.t).call("GET", "/api/auth/sessions", nil).want(200)
	w.tell("%s log-ins", logins.text("total"))
}

func digest(b []byte) string { return fmt.Sprintf("%x", sha256.Sum256(b)) }

func (w *walk) uploadParts() {
	bundle := delivery(w.t, 300<<10, 1)
	up := w.here().call("POST", "/api/uploads", map[string]any{"filename": "first.zip", "bytes": len(bundle), "sha256": digest(bundle)}).want(200)
	id := up.text("id")
	w.there().call("POST", "/api/uploads/"+id+"/complete", nil).want(409)        // nothing has arrived
	w.there().call("PUT", "/api/uploads/"+id+"/parts/1", bundle[:100]).want(422) // so little that it is sent before it is refused
	w.there().call("PUT", "/api/uploads/"+id+"/parts/1", bundle).want(200)
	got := w.here().call("POST", "/api/uploads/"+id+"/complete", nil).want(200)
	w.first = got.text("session_id")
	again := w.there().call("POST", "/api/uploads/"+id+"/complete", nil).want(200)
	if again.text("session_id") != w.first {
		w.t.Errorf("completed again it is %s", again.body)
	}
	done := w.there().finished(got.text("job_id"))
	w.tell("first: %v tables, %v rows, %v values, proved %v", done.at("result", "tables"), done.at("result", "rows"), done.at("result", "values"), done.at("result", "proved"))
}

// uploadLinked sends a bundle to where the answer says: to the store itself
// where there is S3, with exactly the announced bytes.
func (w *walk) uploadLinked() {
	bundle := delivery(w.t, 300<<10, 2)
	query := fmt.Sprintf("/api/storage/presign?filename=second.zip&bytes=%d&sha256=%s", len(bundle), digest(bundle))
	up := w.here().call("POST", query, nil).want(200)
	if direct := up.text("direct") == "true"; direct != w.direct {
		w.t.Fatalf("got %s", up.body)
	}
	if w.direct {
		for what, body := range map[string][]byte{"more": append(slices.Clone(bundle), 0), "less": bundle[1:], "others": append([]byte{^bundle[0]}, bundle[1:]...)} {
			if status := w.put(up, body); status < 400 {
				w.t.Errorf("the store took %s bytes than announced: %d", what, status)
			}
		}
		w.there().call("POST", "/api/uploads/"+up.text("upload_id")+"/complete", nil).want(409)
		if status := w.put(up, bundle); status != http.StatusOK {
			w.t.Fatalf("the store answers %d", status)
		}
	} else {
		w.here().call("PUT", strings.Replace(up.text("url"), "{number}", "1", 1), bundle).want(200)
	}
	got := w.there().call("POST", "/api/uploads/"+up.text("upload_id")+"/complete", nil).want(200)
	w.second = got.text("session_id")
	done := w.here().finished(got.text("job_id"))
	w.tell("second: %v tables, %v rows", done.at("result", "tables"), done.at("result", "rows"))

	// Whoever can't reach the store sends parts, also where a link was given.
	other := delivery(w.t, 20<<10, 9)
	up = w.here().call("POST", fmt.Sprintf("/api/storage/presign?filename=other.zip&bytes=%d&sha256=%s&convert=false", len(other), digest(other)), nil).want(200)
	w.there().call("PUT", strings.Replace(up.text("parts_url"), "{number}", "1", 1), other).want(200)
	got = w.here().call("POST", "/api/uploads/"+up.text("upload_id")+"/complete", nil).want(200)
	w.here().finished(got.text("job_id"))
	w.here().call("DELETE", "/api/sessions/"+got.text("session_id"), nil).want(200)
}

// put stores by a link, as a browser would.
func (w *walk) put(up *reply, body []byte) int {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPut, up.text("url"), bytes.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	for name, v := range up.at("fields").(map[string]any) {
		req.Header.Set(name, fmt.Sprint(v)) // Content-Length is that of the body: nobody can send another
	}
	res, err := oneShot.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode
}

// progress listens at one process to what another works on.
func (w *walk) progress() {
	bundle := delivery(w.t, 32<<20, 3) // its conversion outlasts the pace at which replicas tell each other
	worker := w.site.servers[len(w.site.servers)-1]
	if worker.base == "" { // it stands still until somebody listens
		w.signal(worker, syscall.SIGSTOP)
	}
	up := w.here().call("POST", "/api/uploads", map[string]any{"filename": "large.zip", "bytes": len(bundle)}).want(200)
	w.here().call("PUT", "/api/uploads/"+up.text("id")+"/parts/1", bundle).want(200)
	got := w.here().call("POST", "/api/uploads/"+up.text("id")+"/complete", nil).want(200)
	events := w.there().listen(w.t.Context(), "/api/jobs/"+got.text("job_id")+"/events")
	begins := <-events
	if worker.base == "" {
		w.signal(worker, syscall.SIGCONT)
	}
	heard, last := 0, begins
	for e := range events {
		if e["kind"] == "progress" {
			heard++
		}
		last = e
	}
	if heard == 0 || last["state"] != "SUCCESS" {
		w.t.Errorf("heard %d times of progress, last %v", heard, last)
	}
	w.here().call("DELETE", "/api/sessions/"+got.text("session_id"), nil).want(200)
}

func (w *walk) signal(r *server, sig syscall.Signal) {
	w.t.Helper()
	if err := r.cmd.Process.Signal(sig); err != nil {
		w.t.Fatal(err)
	}
}

func (w *walk) browse() {
	at := "/api/sessions/" + w.first
	for _, path := range []string{"/inventory", "/files", "/dictionary", "/artifacts"} {
		w.there().call("GET", at+path, nil).want(200)
	}
	proof := w.there().call("GET", at+"/proof", nil).want(200)
	w.tell("proof: %v, %v of %v", proof.at("holds"), proof.at("accounted"), proof.at("values"))
	tables := w.there().call("GET", at+"/tables", nil).want(200)
	for i := range tables.at("tables").([]any) {
		id := tables.text("tables", i, "id")
		rows := w.here().call("GET", at+"/tables/"+id+"/rows?offset=0&limit=50", nil).want(200)
		w.tell("table %s %s: %s rows, %.16s", id, tables.text("tables", i, "name"), rows.text("total"), digest(rows.body))
	}
	columns := w.here().call("GET", at+"/tables/1/columns", nil).want(200)
	view := w.here().call("POST", at+"/tables/1/views", map[string]any{"sort": []any{map[string]any{"column": columns.text("columns", 0, "name"), "desc": true}}, "filter": []any{}}).want(200)
	rows := w.there().call("GET", at+"/tables/1/rows?offset=0&limit=20&view="+view.text("view_id"), nil).want(200)
	w.tell("a view: %s rows, %.16s", rows.text("total"), digest(rows.body))
	source := w.there().call("GET", at+"/source?table_id=1&rid=1", nil).want(200)
	w.tell("the source of a row: line %s, %s", source.text("line"), source.text("xpath"))
}

func (w *walk) compare() {
	started := w.here().call("POST", "/api/comparison/compare", map[string]any{"left_session_id": w.first, "right_session_id": w.second}).want(200)
	job := started.text("job_id")
	w.comparison = started.text("comparison_id")
	w.there().finished(job)
	results := w.there().call("GET", "/api/comparison/results/"+job, nil).want(200)
	w.tell("comparison: %v alike, %s changes", results.at("similarity"), results.text("changes_total"))
	report := w.here().call("GET", "/api/comparison/results/"+job+"?format=html", nil).want(200)
	if !bytes.Contains(report.body, []byte("<html")) {
		w.t.Errorf("the report is %.200s", report.body)
	}
	again := w.there().call("POST", "/api/comparison/compare", map[string]any{"left_session_id": w.first, "right_session_id": w.second}).want(200)
	w.tell("compared again: the same %v", again.text("comparison_id") == started.text("comparison_id"))
}

func (w *walk) ask() {
	started := w.here().call("POST", "/api/ai/index", map[string]any{"session_id": w.first, "collection": "customers"}).want(200)
	if job := started.text("job_id"); job != "" {
		w.there().finished(job)
	}
	a := w.there().call("POST", "/api/ai/chat", map[string]any{"collection": "customers", "question": "How many customers are there?"}).want(200)
	w.tell("asked: %s, %d citations", a.text("answer"), len(a.at("citations").([]any)))
	q := w.there().call("POST", "/api/ai/query", map[string]any{"session_id": w.first, "sql": "SELECT count(*) AS n FROM \"" + w.table() + "\""}).want(200)
	w.tell("a query: %v", q.at("rows"))
}

// table is the name of the first table.
func (w *walk) table() string {
	return w.here().call("GET", "/api/sessions/"+w.first+"/tables", nil).want(200).text("tables", 0, "name")
}

func (w *walk) export() {
	started := w.here().call("POST", "/api/sessions/"+w.first+"/exports", map[string]any{"format": "jsonl"}).want(200)
	done := w.there().finished(started.text("job_id"))
	link := w.there().call("POST", "/api/artifacts/"+done.text("result", "artifact_id")+"/ticket", nil).want(200).text("url")
	nobody := w.site.as("", 0, w.t)
	first := nobody.call("GET", link, nil).want(200)
	w.site.as("", 1, w.t).call("GET", link, nil).want(404) // once, wherever
	w.tell("export: %s", unpacked(w.t, first.body))

	tables := w.there().call("GET", "/api/conversion/download/"+w.first, nil).want(200)
	w.tell("tables: %s", unpacked(w.t, tables.body))
}

// unpacked tells what is in a ZIP, by name and content.
func unpacked(t *testing.T, raw []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return fmt.Sprintf("%d bytes, %.16s", len(raw), digest(raw)) // one table comes as it is
	}
	var all []string
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(f.Name, ".json") {
			all = append(all, f.Name) // it names times and versions
			continue
		}
		all = append(all, fmt.Sprintf("%s %.16s", f.Name, digest(content)))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

func (w *walk) share() {
	bea := w.site.as(w.bea, 1, w.t)
	bea.call("GET", "/api/sessions/"+w.first, nil).want(404)
	w.here().call("PUT", "/api/shares/session/"+w.first, map[string]any{"username": "bea"}).want(200)
	bea.call("GET", "/api/sessions/"+w.first, nil).want(200)
	bea.call("DELETE", "/api/sessions/"+w.first, nil).want(403)
	w.here().call("DELETE", "/api/shares/session/"+w.first+"?user_id="+w.beaID, nil).want(200)
	bea.call("GET", "/api/sessions/"+w.first, nil).want(404)
}

// cancel stops at one process what another works on, or would.
func (w *walk) cancel() {
	bundle := delivery(w.t, 6<<20, 4)
	got := w.here().call("POST", "/api/conversion/scan?filename=cancelled.zip", bundle).want(200)
	started := w.here().call("POST", "/api/conversion/convert", map[string]any{"session_id": got.text("session_id")}).want(200)
	job := started.text("job_id")
	w.there().call("POST", "/api/jobs/"+job+"/cancel", nil)
	for e := range w.here().listen(w.t.Context(), "/api/jobs/"+job+"/events") {
		if s := e["state"]; s == "FAILED" {
			w.t.Errorf("it ended as %v", e)
		}
	}
	w.here().call("DELETE", "/api/sessions/"+got.text("session_id"), nil).want(200)
}

func (w *walk) remove() {
	w.there().call("DELETE", "/api/sessions/"+w.first, nil).want(409) // a comparison refers to it
	w.there().call("DELETE", "/api/comparisons/"+w.comparison, nil).want(200)
	w.there().call("DELETE", "/api/sessions/"+w.first, nil).want(200)
	w.here().call("GET", "/api/sessions/"+w.first, nil).want(404)
	w.here().call("DELETE", "/api/sessions/"+w.second, nil).want(200)
	w.tell("%s sessions are left", w.there().call("GET", "/api/sessions", nil).want(200).text("total"))
	// What ends a log-in ends it at once, on every replica.
	w.here().call("POST", "/api/admin/users/"+w.beaID+"/force-logout", nil).want(200)
	for n := range 2 {
		w.site.as(w.bea, n, w.t).call("GET", "/api/auth/me", nil).want(401)
	}
	verdict := w.there().call("POST", "/api/admin/audit-logs/verify", nil).want(200)
	w.tell("the audit log is whole: %v", verdict.at("ok"))
}
