package desktop

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"strings"

	"retable/app/rest"
	"retable/internal/obs"
	"retable/internal/problem"
	"retable/internal/retable"
)

// handler answers what the page fetches below /api/: event streams and large
// pages. Everything else there is a file of the front end, which Wails serves.
type handler struct{ app *App }

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.URL.Path, "/api/") && r.URL.Path != "/health/ready" {
		h.refuse(w, r, &retable.Error{Code: retable.NotFound, Detail: "There is no such page."})
		return
	}
	b, err := h.app.opened(r.Context())
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	// The web view gives bodies without their length, which a server needs.
	body, err := io.ReadAll(io.LimitReader(r.Body, b.limit+1))
	switch {
	case err != nil:
		h.refuse(w, r, &retable.Error{Code: retable.Invalid, Reason: "broken_off", Detail: "The request broke off; send it again.", Err: err})
		return
	case int64(len(body)) > b.limit:
		h.refuse(w, r, retable.Errorf(retable.TooLarge, "The request is larger than %d bytes (RET_MAX_BODY_BYTES).", b.limit))
		return
	}
	r.Body, r.ContentLength, r.TransferEncoding = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
	b.proxy(h).ServeHTTP(w, r)
}

// proxy passes a request on to the listener in memory, and each piece of the
// answer at once.
func (b *backend) proxy(h *handler) *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.Out.URL.Scheme, p.Out.URL.Host, p.Out.Host = "http", inMemory, inMemory
			for _, name := range []string{"Origin", "Referer", "Cookie", "Authorization"} {
				p.Out.Header.Del(name) // of the window's own scheme: they mean nothing here
			}
		},
		Transport:     b.lines,
		FlushInterval: -1,
		ErrorLog:      slog.NewLogLogger(b.log.Handler(), slog.LevelDebug), // a page that left
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			h.refuse(w, r, &retable.Error{Code: retable.Unavailable, Detail: "The call was not answered; try it again.", Err: err})
		},
	}
}

// inMemory is what the listener is called.
const inMemory = "retable.internal"

func (h *handler) refuse(w http.ResponseWriter, r *http.Request, err error) {
	ctx, id := obs.Correlate(r.Context(), "")
	h.app.log.Log(ctx, problem.Level(err), "a request of the page was refused", "code", string(retable.CodeOf(err)), obs.Err(err))
	raw, merr := json.Marshal(rest.Refusal(ctx, err))
	if merr != nil {
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", problem.MediaType)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set(obs.CorrelationHeader, id)
	w.WriteHeader(problem.From(err).Status)
	if _, err := w.Write(raw); err != nil {
		h.app.log.DebugContext(ctx, "a refusal was not read", obs.Err(err))
	}
}

// policy is what pages of the window may do: nothing but their own files and
// calls. Bound methods reach files of this machine, so no foreign script runs.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; " +
	"worker-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-src 'none'; object-src 'none'"

// protected puts the policy on the window's pages.
func protected(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}
