package rest

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"
)

// TestTheContractHolds walks through contract.md: paths and bodies to the
// letter. Every answer is compared with the API's description by the way.
func TestTheContractHolds(t *testing.T) {
	t.Parallel()
	b := start(t)
	bea := b.as("bea")

	b.sub(t, "log-in gives a token, and the refresh token by a cookie alone", func(t *testing.T) {
		r := b.as("").call("POST", "/api/auth/login", map[string]any{"username": "bea", "password": password}).want(200)
		if r.text("token_type") != "bearer" || r.text("expires_in") != "900" || r.text("access_token") == "" || strings.Contains(string(r.body), "refresh") {
			t.Errorf("got %s", r.body)
		}
		cookie := r.header.Get("Set-Cookie")
		for _, part := range []string{"refresh_token=", "HttpOnly", "SameSite=Strict", "path=/api/auth", "max-age=604800"} {
			if !strings.Contains(cookie, part) {
				t.Errorf("the cookie lacks %s: %s", part, cookie)
			}
		}
	})
	b.sub(t, "refresh rotates, logout ends", func(t *testing.T) {
		ann := b.as("ann")
		first := ann.call("POST", "/api/auth/refresh", nil).want(200)
		if first.text("access_token") == "" || first.text("token_type") != "bearer" || first.header.Get("Set-Cookie") == "" {
			t.Errorf("got %s", first.body)
		}
		out := ann.call("POST", "/api/auth/logout", nil).want(200)
		if string(out.body) != `{"success":true}` || !strings.Contains(out.header.Get("Set-Cookie"), "refresh_token=;") {
			t.Errorf("got %s with %q", out.body, out.header.Get("Set-Cookie"))
		}
		ann.call("GET", "/api/auth/me", nil).refused(401, "login_ended")
		ann.call("POST", "/api/auth/refresh", nil).want(401)
		b.login(b.people["ann"])
	})
	b.sub(t, "password reset says the same of everybody", func(t *testing.T) {
		for _, name := range []string{"bea", "nobody-at-all"} {
			r := b.as("").call("POST", "/api/auth/password-reset/request", map[string]any{"username": name}).want(200)
			if string(r.body) != `{"success":true}` {
				t.Errorf("got %s", r.body)
			}
		}
		b.as("").call("POST", "/api/auth/password-reset/confirm", map[string]any{"token": "wrong", "new_password": password + "!"}).refused(422, "link_invalid")
	})

	session := ""
	b.sub(t, "scan takes a form", func(t *testing.T) {
		body, media := form(t, "orders-2026-01.zip", someOrders(t, 20, "10.50"))
		r := bea.with("Content-Type", media).call("POST", "/api/conversion/scan", body).want(200)
		session = r.text("session_id")
		if r.text("xml_count") != "1" || r.text("files", 0, "filename") != "orders.xml" || r.text("files", 0, "path") != "orders.xml" {
			t.Errorf("got %s", r.body)
		}
	})
	b.sub(t, "convert gives a job, and the statistics if one waits", func(t *testing.T) {
		job := bea.call("POST", "/api/conversion/convert", map[string]any{"session_id": session}).want(200).text("job_id")
		if r := bea.finished(job); r.text("status") != "SUCCESS" {
			t.Fatalf("got %s", r.body)
		}
		r := bea.call("GET", "/api/conversion/status/"+job, nil).want(200)
		if r.text("status") != "SUCCESS" || r.text("progress") != "100" {
			t.Errorf("got %s", r.body)
		}
		r = bea.call("POST", "/api/conversion/convert?wait=60s", map[string]any{"session_id": session}).want(200)
		if r.text("result", "rows") != "21" || r.text("status") != "SUCCESS" {
			t.Errorf("got %s", r.body)
		}
		bea.call("POST", "/api/conversion/convert?wait=soon", map[string]any{"session_id": session}).refused(422, "invalid_request")
	})
	b.sub(t, "download streams a ZIP, with ETag and ranges", func(t *testing.T) {
		whole := bea.call("GET", "/api/conversion/download/"+session, nil).want(200)
		if _, err := zip.NewReader(bytes.NewReader(whole.body), int64(len(whole.body))); err != nil {
			t.Fatal(err)
		}
		if got := whole.header.Get("Content-Disposition"); got != `attachment; filename="orders-2026-01-csv.zip"` {
			t.Errorf("got %s", got)
		}
		etag := whole.header.Get("ETag")
		bea.with("If-None-Match", etag).call("GET", "/api/conversion/download/"+session, nil).want(304)
		part := bea.with("Range", "bytes=10-19").call("GET", "/api/conversion/download/"+session, nil).want(206)
		if !bytes.Equal(part.body, whole.body[10:20]) {
			t.Error("the range is another")
		}
		bea.with("Range", "bytes=10-19").with("If-Range", `"other"`).call("GET", "/api/conversion/download/"+session, nil).want(200)
		bea.with("Range", "bytes=999999999-").call("GET", "/api/conversion/download/"+session, nil).want(416)
		head := bea.call("HEAD", "/api/conversion/download/"+session, nil).want(200)
		if head.header.Get("Content-Length") == "" || len(head.body) > 0 {
			t.Errorf("HEAD gives %v", head.header)
		}
		link := bea.call("POST", "/api/conversion/download/"+session+"/ticket", nil).want(200).text("url")
		if got := b.as("").call("GET", link, nil).want(200); !bytes.Equal(got.body, whole.body) {
			t.Error("the ticket leads to something else")
		}
		b.as("").call("GET", link, nil).refused(404, "ticket_gone")
	})
	b.sub(t, "compare gives a job and its results, page by page and as a report", func(t *testing.T) {
		right := bea.converted("orders-2026-02.zip", someOrders(t, 21, "11.00"))
		started := bea.call("POST", "/api/comparison/compare", map[string]any{"left_session_id": session, "right_session_id": right}).want(200)
		job := started.text("job_id")
		if r := bea.finished(job); r.text("status") != "SUCCESS" {
			t.Fatalf("got %s", r.body)
		}
		r := bea.call("GET", "/api/comparison/results/"+job, nil).want(200)
		if r.text("status") != "SUCCESS" || r.at("same") != false || r.text("files_total") != "1" || r.text("totals", "rows_added") != "1" {
			t.Errorf("got %s", r.body)
		}
		if r := bea.call("GET", "/api/comparison/results/"+job+"?only=same&search=orders", nil).want(200); r.text("files_total") != "0" {
			t.Errorf("got %s", r.body)
		}
		if r := bea.call("GET", "/api/comparison/results/"+job+"?format=html", nil).want(200); !bytes.Contains(r.body, []byte("<html")) {
			t.Errorf("got %.200s", r.body)
		}
		bea.call("GET", "/api/comparison/results/"+job+"?format=docx", nil).want(404)
		link := bea.call("POST", "/api/comparison/results/"+job+"/ticket", map[string]any{"format": "xlsx"}).want(200).text("url")
		b.as("").call("GET", link, nil).want(200)
		b.as("carl").call("GET", "/api/comparison/results/"+job, nil).want(404)
		id := started.text("comparison_id")
		if r := bea.call("GET", "/api/comparisons/"+id, nil).want(200); r.at("summary") == nil {
			t.Errorf("got %s", r.body)
		}
		grid := "/api/comparisons/" + id + "/tables/1"
		bea.call("GET", grid, nil).want(200)
		bea.call("GET", grid+"/rows?offset=0&limit=10", nil).want(200)
		bea.call("GET", "/api/comparisons/"+id+"/tables/99", nil).want(404)
		bea.call("GET", "/api/comparison/suggestions", nil).want(200)
		bea.call("PUT", "/api/comparison/pins", map[string]any{"left_session_id": session, "right_session_id": right, "left_path": "orders.xml", "right_path": "orders.xml", "apart": false}).want(200)
		bea.call("GET", "/api/comparison/pins?left_session_id="+session+"&right_session_id="+right, nil).want(200)
		bea.call("DELETE", "/api/comparison/pins?left_session_id="+session+"&right_session_id="+right+"&left_path=orders.xml&right_path=orders.xml", nil).want(200)
	})
	b.sub(t, "index and chat answer with citations", func(t *testing.T) {
		r := bea.call("POST", "/api/ai/index", map[string]any{"session_id": session, "collection": "orders"}).want(200)
		if job := r.text("job_id"); job != "" {
			bea.finished(job)
		}
		collections := bea.call("GET", "/api/ai/collections", nil).want(200)
		id := collections.text("collections", 0, "id")
		a := bea.call("POST", "/api/ai/chat", map[string]any{"collection": id, "question": "How many orders are there?"}).want(200)
		if a.text("answer") == "" || a.at("citations") == nil {
			t.Errorf("got %s", a.body)
		}
		bea.call("POST", "/api/ai/query", map[string]any{"session_id": session, "sql": "DELETE FROM orders"}).refused(400, "query_refused")
	})
	b.sub(t, "jobs are listed", func(t *testing.T) {
		if r := bea.call("GET", "/api/jobs?limit=2", nil).want(200); r.text("next") == "" || r.text("items", 0, "job_type") == "" {
			t.Errorf("got %s", r.body)
		}
		bea.call("GET", "/api/jobs?limit=5000", nil).refused(422, "invalid_request")
		bea.call("GET", "/api/jobs?limit=many", nil).refused(422, "invalid_request")
	})
	b.sub(t, "an upload is opened by name, sent in one part, completed", func(t *testing.T) {
		bundle := someOrders(t, 30, "1")
		r := bea.call("POST", "/api/storage/presign?filename=march.zip", nil).want(200)
		if r.at("fields") == nil || r.text("expires_at") == "" {
			t.Errorf("got %s", r.body)
		}
		bea.call("PUT", r.text("url"), bundle).want(200)
		bea.call("POST", "/api/uploads/"+r.text("upload_id")+"/complete", nil).want(200)
	})
	b.sub(t, "an upload arrives in parts, in any order, verified", func(t *testing.T) {
		b.uploadInParts(t)
	})
	b.sub(t, "sessions are browsed", func(t *testing.T) { b.browse(t, session) })
	b.sub(t, "health", func(t *testing.T) {
		b.as("").call("GET", "/health", nil).want(200)
		if r := b.as("").call("GET", "/health/ready", nil).want(200); r.text("status") == "down" {
			t.Errorf("got %s", r.body)
		}
	})
	b.sub(t, "administration", func(t *testing.T) { b.administrate(t) })
	b.sub(t, "sharing", func(t *testing.T) { b.share(t, session) })
	b.sub(t, "settings, recipes and the rest", func(t *testing.T) { b.rest(t, session) })
}

// browse reads a session's tables.
func (b *bench) browse(t *testing.T, session string) {
	bea := b.as("bea")
	at := "/api/sessions/" + session
	bea.call("GET", "/api/sessions?search=orders&limit=5", nil).want(200)
	if r := bea.call("GET", at, nil).want(200); r.text("state") != "READY" {
		t.Errorf("got %s", r.body)
	}
	for _, path := range []string{"/inventory", "/files", "/structure?kind=Orders", "/tables", "/tables/2/columns", "/dictionary", "/proof", "/artifacts", "/tables/2/columns/1/stats"} {
		bea.call("GET", at+path, nil).want(200)
	}
	bea.call("POST", at+"/preview", map[string]any{"kind": "Orders", "options": map[string]any{}}).want(200)
	rows := bea.call("GET", at+"/tables/2/rows?offset=0&limit=3", nil).want(200)
	if rows.text("total") != "20" {
		t.Errorf("got %s", rows.body)
	}
	columns := bea.call("GET", at+"/tables/2/columns", nil).want(200)
	name := columns.text("columns", 0, "name")
	view := bea.call("POST", at+"/tables/2/views", map[string]any{"sort": []any{map[string]any{"column": name, "desc": true}}, "filter": []any{}}).want(200).text("view_id")
	bea.call("GET", at+"/tables/2/rows?offset=0&limit=3&view="+view, nil).want(200)
	bea.call("GET", at+"/tables/2/position?rid=1&view="+view, nil).want(200)
	bea.call("GET", at+"/tables/2/rows/1/cells/1", nil).want(200)
	bea.call("GET", at+"/source?table_id=2&rid=1", nil).want(200)
	bea.call("GET", at+"/tables/2/rows?limit=0", nil).refused(422, "invalid_request")
	bea.call("GET", at+"/tables/one/rows?offset=0&limit=1", nil).refused(422, "invalid_request")
	bea.call("POST", at+"/tables/2/views", map[string]any{"sort": []any{}, "filter": []any{map[string]any{"column": name, "op": "near"}}}).want(422)
	bea.call("POST", at+"/tables/2/views", map[string]any{"sort": nil, "filter": []any{}}).want(422)
	bea.call("PATCH", at, map[string]any{"pinned": true}).want(200)
	export := bea.call("POST", at+"/exports", map[string]any{"format": "jsonl"}).want(200)
	done := bea.finished(export.text("job_id"))
	link := bea.call("POST", "/api/artifacts/"+done.text("result", "artifact_id")+"/ticket", nil).want(200)
	b.as("").call("GET", link.text("url"), nil).want(200)
}

// administrate does what administrators do.
func (b *bench) administrate(t *testing.T) {
	ann := b.as("ann")
	made := ann.call("POST", "/api/admin/users", map[string]any{"username": "dora", "role": "user"}).want(200)
	id := made.text("user", "id")
	if !strings.Contains(made.text("setup_url"), "/reset#token=") {
		t.Errorf("no link for the new user: %s", made.body)
	}
	ann.call("POST", "/api/admin/users", map[string]any{"username": "dora", "role": "user"}).refused(409, "taken")
	if r := ann.call("PUT", "/api/admin/users/"+id, map[string]any{"role": "ops", "is_active": true, "is_locked": false}).want(200); r.text("role") != "ops" {
		t.Errorf("got %s", r.body)
	}
	ann.call("GET", "/api/admin/users?search=dora", nil).want(200)
	ann.call("GET", "/api/admin/users/"+id, nil).want(200)
	ann.call("POST", "/api/admin/users/"+id+"/lock", nil).want(200)
	ann.call("POST", "/api/admin/users/"+id+"/unlock", nil).want(200)
	ann.call("POST", "/api/admin/users/"+id+"/force-logout", nil).want(200)
	ann.call("POST", "/api/admin/users/"+id+"/force-password-reset", nil).want(200)
	if r := ann.call("PUT", "/api/admin/users/"+id+"/quota", map[string]any{"max_bytes": 1000, "max_sessions": 2}).want(200); r.text("quota", "max_sessions") != "2" {
		t.Errorf("got %s", r.body)
	}
	ann.call("GET", "/api/admin/logins?active=true", nil).want(200)
	ann.call("GET", "/api/admin/notifications", nil).want(200)
	ann.call("GET", "/api/admin/audit-logs?actor=ann&limit=3", nil).want(200)
	if r := ann.call("POST", "/api/admin/audit-logs/verify", nil).want(200); r.at("ok") != true {
		t.Errorf("got %s", r.body)
	}
	for _, format := range []string{"csv", "jsonl"} {
		link := ann.call("POST", "/api/admin/audit-logs/ticket", map[string]any{"format": format}).want(200).text("url")
		if r := b.as("").call("GET", link, nil).want(200); !bytes.Contains(r.body, []byte("user.create")) {
			t.Errorf("got %.300s", r.body)
		}
	}
	ann.call("GET", "/api/admin/errors", nil).want(200)
	ann.call("GET", "/api/admin/stats", nil).want(200)
	ann.call("GET", "/api/admin/cleanup/sessions?unused_days=30", nil).want(200)
	job := b.as("otto").call("POST", "/api/admin/cleanup/sessions", map[string]any{"unused_days": 3000}).want(200).text("job_id")
	ann.finished(job)
	team := ann.call("POST", "/api/admin/teams", map[string]any{"name": "Controlling", "members": []string{b.people["carl"].id}}).want(200).text("id")
	ann.call("PUT", "/api/admin/teams/"+team, map[string]any{"name": "Control", "members": []string{b.people["carl"].id}}).want(200)
	b.as("carl").call("GET", "/api/teams", nil).want(200)
	ann.call("DELETE", "/api/admin/teams/"+team, nil).want(200)
	ann.call("GET", "/api/admin/keys", nil).want(200)
	rotated := ann.call("POST", "/api/admin/keys/rotate", map[string]any{}).want(200)
	if rotated.text("total") == "" {
		t.Errorf("got %s", rotated.body)
	}
	ann.call("DELETE", "/api/admin/users/"+id, nil).want(200)
	if r := ann.call("GET", "/metrics", nil).want(200); !bytes.Contains(r.body, []byte("retable_request_count")) {
		t.Errorf("got %.300s", r.body)
	}
}

// share gives carl what is bea's, and takes it back.
func (b *bench) share(t *testing.T, session string) {
	bea, carl := b.as("bea"), b.as("carl")
	at := "/api/shares/session/" + session
	carl.call("GET", "/api/sessions/"+session, nil).want(404)
	bea.call("PUT", at, map[string]any{"username": "carl", "write": false}).want(200)
	carl.call("GET", "/api/sessions/"+session, nil).want(200)
	carl.call("PATCH", "/api/sessions/"+session, map[string]any{"name": "mine"}).want(403)
	carl.call("PUT", at, map[string]any{"username": "otto", "write": true}).want(403)
	bea.call("GET", at, nil).want(200)
	bea.call("DELETE", at+"?user_id="+b.people["carl"].id, nil).want(200)
	carl.call("GET", "/api/sessions/"+session, nil).want(404)
	bea.call("PUT", "/api/shares/user/"+session, map[string]any{"username": "carl", "write": true}).refused(422, "invalid_request")
	if carl.call("GET", "/api/sessions", nil).want(200).text("total") != "0" {
		t.Error("carl still sees what was taken back")
	}
}

// rest walks what is left of the front end's calls.
func (b *bench) rest(t *testing.T, session string) {
	ann, bea := b.as("ann"), b.as("bea")
	ann.call("GET", "/api/settings", nil).want(200)
	if r := ann.call("PUT", "/api/settings", map[string]any{"retention_days": 90}).want(200); r.text("retention_days") != "90" {
		t.Errorf("got %s", r.body)
	}
	bea.call("GET", "/api/settings", nil).want(403)
	b.as("").call("GET", "/api/info", nil).want(200)
	b.as("").call("GET", "/api/auth/options", nil).want(200)
	bea.call("GET", "/api/auth/me", nil).want(200)
	bea.call("GET", "/api/auth/sessions", nil).want(200)
	bea.call("GET", "/api/notices?unseen=true", nil).want(200)
	token := bea.call("POST", "/api/auth/tokens", map[string]any{"name": "script", "scopes": []string{"read"}, "expires_in_days": 7}).want(200)
	script := b.as("").with("Authorization", "Bearer "+token.text("token"))
	script.call("GET", "/api/sessions", nil).want(200)
	script.call("DELETE", "/api/sessions/"+session, nil).want(403)
	bea.call("GET", "/api/auth/tokens", nil).want(200)
	bea.call("DELETE", "/api/auth/tokens/"+token.text("access_token", "id"), nil).want(200)
	script.call("GET", "/api/sessions", nil).refused(401, "token_invalid")
	recipe := map[string]any{"purpose": "convert", "kind": "Orders", "name": "plain", "body": map[string]any{"retable": "recipe/1", "kind": "Orders", "mode": "flat", "tables": map[string]any{}}}
	made := bea.call("POST", "/api/recipes", recipe)
	if made.status == 200 {
		at := "/api/recipes/" + made.text("id")
		bea.call("PUT", at, map[string]any{"name": "plainer", "body": recipe["body"]}).want(200)
		bea.call("GET", "/api/recipes?purpose=convert", nil).want(200)
		bea.call("DELETE", at, nil).want(200)
	} else {
		made.want(422)
	}
	bea.call("GET", "/api/ai/model", nil).want(200)
	bea.call("GET", "/api/ai/chats", nil).want(200)
	bea.call("GET", "/api/comparisons", nil).want(200)
	bea.call("GET", "/api/watches", nil).want(200)
	bea.call("POST", "/api/watches", map[string]any{"dir": "/", "active": true}).want(403)
	totp := bea.call("POST", "/api/auth/totp", map[string]any{"password": password}).want(200)
	if !strings.HasPrefix(totp.text("uri"), "otpauth://") || !strings.HasPrefix(totp.text("qr"), "data:image/png;base64,") {
		t.Errorf("got %.200s", totp.body)
	}
	bea.call("POST", "/api/auth/totp/confirm", map[string]any{"code": "000000"}).want(401)
	bea.call("POST", "/api/auth/password", map[string]any{"old_password": "wrong wrong wrong", "new_password": password + "?"}).want(401)
}
