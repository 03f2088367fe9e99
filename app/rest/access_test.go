package rest

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"retable/app"
	"retable/internal/retable"
)

// access is what a route answers to nobody, another user, the owner, an
// operator and an administrator. The requests are as empty as can be: 4xx for
// their content (or 404 for the thing) shows that the caller was let in.
type access struct{ nobody, other, owner, ops, admin string }

// The usual rules. "in" is any answer but 401 and 403; "no" is 403; "out" is
// 401; "hidden" is 404.
var (
	everybody  = access{"in", "in", "in", "in", "in"}
	loggedIn   = access{"out", "in", "in", "in", "in"}
	ownersOnly = access{"out", "hidden", "in", "hidden", "in"} // and administrators
	operators  = access{"out", "no", "no", "in", "in"}
	admins     = access{"out", "no", "no", "no", "in"}
	mineAlone  = access{"out", "hidden", "in", "hidden", "hidden"} // not even administrators
)

// accessRules says who may call what. A route that isn't in it fails the test.
func accessRules() map[string]access {
	jobs := access{"out", "hidden", "in", "in", "in"} // operators see all jobs
	rules := map[string]access{}
	for rule, names := range map[*access]string{
		&everybody: "info live health openapi redeemTicket login setup refresh logout loginOptions requestPasswordReset confirmPasswordReset oidcStart oidcCallback",
		&loggedIn: `oidcLink me changePassword listLogins endLogins beginTOTP confirmTOTP disableTOTP newRecoveryCodes listTokens createToken listNotices
			scan createUpload presign listSessions openSample listRecipes createRecipe listTeams listJobs suggestComparisons listComparisons
			modelState listCollections createCollection listChats listWatches events`,
		&ownersOnly: `downloadTables downloadTicket getSession updateSession deleteSession listArtifacts deleteArtifact exportTables getInventory listFiles getStructure previewConversion
			listTables listColumns columnStats createView getRows getPosition getCell getSource getDictionary getProof listShares putShare deleteShare convert artifactTicket
			compare listPins putPin deletePin getComparison deleteComparison getDiffTable getDiffRows findChange indexSession query chat createChat updateCollection deleteCollection`,
		&jobs:      "getJob cancelJob retryJob jobEvents conversionStatus comparisonResults",
		&mineAlone: "getUpload putPart completeUpload abortUpload endLogin revokeToken seeNotice updateRecipe deleteRecipe getMessages deleteChat reportTicket",
		&operators: "errorEvents previewCleanup cleanUp stats",
		&admins: `listUsers createUser getUser updateUser deleteUser forceLogout lockUser unlockUser forcePasswordReset resetTOTP setQuota adminLogins adminEndLogin adminNotices
			auditLog verifyAudit auditTicket createTeam updateTeam deleteTeam listKeys rotateKeys retireKey getSettings updateSettings createWatch metrics pullModel`,
	} {
		for _, name := range strings.Fields(names) {
			rules[name] = *rule
		}
	}
	rules["reportTicket"] = access{"out", "hidden", "in", "hidden", "in"}
	rules["comparisonResults"] = rules["reportTicket"] // operators see the job, not what was found
	rules["updateWatch"], rules["deleteWatch"], rules["sweepWatch"] = admins, admins, admins
	rules["getWatch"] = access{"out", "hidden", "hidden", "in", "in"}
	rules["listWatchedFiles"] = rules["getWatch"]
	return rules
}

func TestEveryRouteKnowsWhoMayCallIt(t *testing.T) {
	t.Parallel()
	b := start(t)
	owned := b.belongings()
	rules := accessRules()
	known := map[string]bool{}
	for i := range b.server.ops {
		o := &b.server.ops[i]
		known[o.name] = true
		rule, ok := rules[o.name]
		if !ok {
			t.Errorf("%s (%s %s) has no rule: say in accessRules who may call it", o.name, o.method, o.path)
			continue
		}
		for _, who := range []struct{ name, want string }{{"", rule.nobody}, {"carl", rule.other}, {"otto", rule.ops}, {"ann", rule.admin}, {"bea", rule.owner}} {
			b.try(o, who.name, who.want, owned)
		}
	}
	for name := range rules {
		if !known[name] {
			t.Errorf("there is a rule for %s, and no such route", name)
		}
	}
}

// belongings are bea's: what stands for the members of paths and bodies.
func (b *bench) belongings() map[string]string {
	bea := b.as("bea")
	left := bea.converted("orders-2026-01.zip", someOrders(b.t, 5, "1"))
	right := bea.converted("orders-2026-02.zip", someOrders(b.t, 5, "2"))
	started := bea.call("POST", "/api/comparison/compare", map[string]any{"left_session_id": left, "right_session_id": right}).want(200)
	bea.finished(started.text("job_id"))
	export := bea.finished(bea.call("POST", "/api/sessions/"+left+"/exports", map[string]any{"format": "csv"}).want(200).text("job_id"))
	upload := bea.call("POST", "/api/uploads", map[string]any{"filename": "a.zip", "bytes": 10}).want(200)
	collection := bea.call("POST", "/api/ai/collections", map[string]any{"name": "mine", "sessions": []string{left}}).want(200)
	chat := bea.call("POST", "/api/ai/chats", map[string]any{"collection_id": collection.text("id")}).want(200)
	token := bea.call("POST", "/api/auth/tokens", map[string]any{"name": "x", "scopes": []string{"read"}}).want(200)
	local, err := b.in.AsLocal(context.Background())
	if err != nil {
		b.t.Fatal(err)
	}
	watch, err := b.in.CreateWatch(local, app.WatchRequest{Dir: b.t.TempDir(), Active: false})
	if err != nil {
		b.t.Fatal(err)
	}
	return map[string]string{
		"session_id": left, "left_session_id": left, "right_session_id": right, "comparison_id": started.text("comparison_id"), "job_id": started.text("job_id"),
		"upload_id": upload.text("id"), "artifact_id": export.text("result", "artifact_id"), "collection_id": collection.text("id"), "collection": collection.text("id"),
		"chat_id": chat.text("id"), "token_id": token.text("access_token", "id"), "watch_id": watch.ID, "resource": "session", "resource_id": left,
		"table_id": "2", "column_id": "1", "rid": "1", "number": "1", "offset": "0", "limit": "1", "from": "0", "direction": "next", "unused_days": "36500",
		"login_id": retable.NewID(), "notice_id": retable.NewID(), "recipe_id": retable.NewID(), "user_id": retable.NewID(), "team_id": retable.NewID(), "key_id": "none",
		"ticket_id": "none", "kind": "Orders", "question": "How many?", "sql": "SELECT 1", "format": "html", "provider": "ollama", "username": "nobody-here",
	}
}

// try calls a route in a way that changes nothing.
func (b *bench) try(o *operation, who, want string, owned map[string]string) {
	b.t.Helper()
	if want == "in" && (changes(o.name) || who != "" && strings.HasSuffix(strings.ToLower(o.name), "events") && o.name != "errorEvents") {
		return // other tests call it
	}
	path := pathMember.ReplaceAllStringFunc(o.path, func(m string) string { return owned[strings.Trim(m, "{}")] })
	var body any
	if o.shape != nil {
		var query []string
		for _, p := range o.shape.query {
			if p.required {
				query = append(query, p.name+"="+owned[p.name])
			}
		}
		if o.name == "listPins" || o.name == "deletePin" {
			query = []string{"left_session_id=" + owned["left_session_id"], "right_session_id=" + owned["right_session_id"]}
		}
		if len(query) > 0 {
			path += "?" + strings.Join(query, "&")
		}
		if o.shape.body != nil {
			body = b.bodyFor(o, owned)
		}
	}
	as := b.as(who)
	if o.open && who != "" { // without the cookie, which is another story
		as = b.as("").with("Authorization", "Bearer "+b.people[who].token)
	}
	r := as.call(o.method, path, body)
	got := "in"
	switch {
	case r.status == 401 && slices.Contains([]string{"token_missing", "login_ended", "token_invalid"}, r.text("reason")):
		got = "out"
	case r.status == 403 && r.text("reason") == "":
		got = "no"
	case r.status == 404:
		got = "hidden"
	}
	if want == "in" && got == "hidden" && (o.open || o.name == "deletePin" || o.name == "findChange" || o.name == "oidcLink" || slices.Contains(notThere(), lastMember(o.path))) {
		got = "in" // what was asked for isn't there, which only those hear who were let in
	}
	if got != want {
		b.t.Errorf("%s %s as %q: got %s (%d), want %s: %.300s", o.method, path, who, got, r.status, want, r.body)
	}
}

// notThere are members for which belongings has nothing real.
func notThere() []string {
	return []string{"login_id", "notice_id", "recipe_id", "user_id", "team_id", "key_id"}
}

func lastMember(path string) string {
	all := pathMembers(path)
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1]
}

// changes tells routes after which the other calls would find another world.
func changes(name string) bool {
	return slices.Contains([]string{
		"deleteSession", "deleteArtifact", "deleteComparison", "abortUpload", "completeUpload", "putPart", "deleteCollection", "deleteChat", "revokeToken", "endLogins", "rotateKeys", "openSample",
		"updateSettings", "createTeam", "cleanUp", "convert", "cancelJob", "retryJob", "updateSession", "updateCollection", "deleteWatch", "updateWatch", "requestPasswordReset", "putShare", "pullModel",
	}, name)
}

// bodyFor makes the smallest body that fits.
func (b *bench) bodyFor(o *operation, owned map[string]string) map[string]any {
	body := map[string]any{}
	for _, name := range o.shape.body.Required {
		p := o.shape.body.Properties[name]
		for p.Ref != "" {
			p = o.shape.registry.SchemaFromRef(p.Ref)
		}
		switch {
		case len(p.Enum) > 0:
			body[name] = p.Enum[0]
		case owned[name] != "" && p.Type == "string":
			body[name] = owned[name]
		case p.Type == "string":
			body[name] = "xxxxxxxx"
		case p.Type == "integer" || p.Type == "number":
			body[name] = 1
		case p.Type == "boolean":
			body[name] = false
		case p.Type == "array" && p.Items != nil && len(p.Items.Enum) > 0:
			body[name] = []any{p.Items.Enum[0]}
		case p.Type == "array":
			body[name] = []any{}
		default:
			body[name] = map[string]any{}
		}
	}
	switch o.name {
	case "chat":
		body["collection"] = owned["collection"]
	case "exportTables":
		body["format"] = "csv"
	case "putPin":
		body["left_path"] = "orders.xml"
	case "putShare":
		body["username"] = "carl"
	}
	return body
}

// exempt are use cases without a route, and why.
func exempt() map[string]string {
	return map[string]string{
		"Arrived":          "every refresh",
		"AcceptUpload":     "the first step of uploads",
		"Ask":              "POST /api/ai/chat, with steps",
		"Authenticate":     "every request",
		"Backup":           "of the command line: it writes into folders of the machine",
		"AuditReader":      "GET /api/tickets/{ticket_id}, of the audit log",
		"BeginOIDC":        "GET /api/auth/oidc/start and POST /api/auth/oidc/link",
		"Close":            "not a use case",
		"CompleteSetup":    "POST /api/auth/setup",
		"DefaultQuota":     "GET /api/auth/me",
		"Details":          "GET /api/auth/me and /api/admin/users",
		"DirectLink":       "downloads",
		"DirectUpload":     "POST /api/storage/presign",
		"DisableTOTP":      "TurnOffTOTP, which asks for the code too",
		"DownloadReport":   "GET /api/comparison/results/{job_id}?format=",
		"DownloadTables":   "GET /api/conversion/download/{session_id}",
		"ExportAudit":      "POST /api/admin/audit-logs/ticket",
		"Files":            "the work on files, for the command line",
		"FindUser":         "of the command line, which has names",
		"MeDetailed":       "GET /api/auth/me",
		"MakePasswordLink": "only for the person at the machine",
		"ReceivePath":      "of the window and the command line, which have paths",
		"ImportLegacy":     "of the command line: it reads a folder of the machine",
		"Search":           "of the Model Context Protocol; people ask",
		"WhatChanged":      "of the Model Context Protocol; people ask, or open the comparison",
		"Seed":             "of the command line: a demonstration",
		"FinishOIDC":       "GET /api/auth/oidc/callback",
		"Health":           "GET /health/ready",
		"Listen":           "GET /api/events",
		"ListenToJob":      "GET /api/jobs/{job_id}/events",
		"Login":            "POST /api/auth/login",
		"Logout":           "POST /api/auth/logout",
		"OpenDownload":     "downloads",
		"Probes":           "GET /health/ready",
		"PublicURL":        "not a use case",
		"ReachedAt":        "not a use case",
		"PullModel":        "POST /api/ai/models/pull, with steps",
		"PutPart":          "PUT /api/uploads/{upload_id}/parts/{number}",
		"ReceiveBundle":    "of folders and the command line; the server takes bundles by scan and uploads",
		"RecordError":      "not a use case",
		"Redeem":           "GET /api/tickets/{ticket_id}",
		"Refresh":          "POST /api/auth/refresh",
		"Run":              "not a use case",
		"ScanBundle":       "POST /api/conversion/scan",
		"SeeNotification":  "POST /api/notices/{notice_id}/seen does both",
		"AdminNotices":     "GET /api/admin/notifications is ListNotifications, which has the links too",
		"SetPassword":      "only for the person at the machine",
		"SetupLink":        "printed at the start",
		"SetupNeeded":      "GET /api/info",
		"TurnOffTOTP":      "POST /api/auth/totp/disable",
		"Version":          "GET /api/info",
		"WaitJob":          "?wait=",
	}
}

// otherNames are use cases whose route has another name.
func otherNames() map[string]string {
	return map[string]string{
		"ConvertSession": "convert", "EnrolTOTP": "beginTOTP", "ListAudit": "auditLog", "ListNotifications": "adminNotices",
	}
}

func TestEveryUseCaseHasARoute(t *testing.T) {
	t.Parallel()
	s, err := New(Config{}, Deps{Service: &app.Service{Accounts: &app.Accounts{}}})
	if err != nil {
		t.Fatal(err)
	}
	routes := map[string]bool{}
	for i := range s.ops {
		routes[s.ops[i].name] = true
	}
	typ := reflect.TypeFor[*app.Service]()
	seen := map[string]bool{}
	for i := range typ.NumMethod() {
		name := typ.Method(i).Name
		seen[name] = true
		route := strings.ToLower(name[:1]) + name[1:]
		if to := otherNames()[name]; to != "" {
			route = to
		}
		if !routes[route] && exempt()[name] == "" {
			t.Errorf("app.Service.%s has no route: add it to the tables (routes_*.go), or say in exempt why there is none", name)
		}
	}
	for name := range exempt() {
		if !seen[name] {
			t.Errorf("exempt names %s, which app.Service hasn't", name)
		}
	}
	if fmt.Sprint(len(s.ops)) == "0" {
		t.Error("there are no routes")
	}
}
