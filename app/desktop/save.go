package desktop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"retable/internal/problem"
	"retable/internal/retable"
)

// saveRequest names what to save: the address of a ticket, and what the file
// is called.
type saveRequest struct {
	URL  string `json:"url"`
	Name string `json:"name"`
}

// SaveTicket asks where to save what a ticket is for, and writes it there,
// whole or not at all. false: the person cancelled.
func (a *App) SaveTicket(req saveRequest) (bool, error) {
	return bound(a, "saveTicket", func(ctx context.Context, b *backend) (bool, error) {
		// The ticket is redeemed first: it lives for a minute, a dialog longer.
		content, length, err := b.redeem(ctx, req.URL)
		if err != nil {
			return false, err
		}
		defer content.Close()
		a.dialogs.Lock()
		defer a.dialogs.Unlock()
		target, err := a.win.pickTarget(a.speech.words().Save, home(), fileName(req.Name))
		if err != nil {
			return false, retable.Fault(err, "asking where to save")
		}
		if target == "" {
			return false, nil
		}
		return true, write(target, content, length, 0o644)
	})
}

// redeem begins to read what a ticket is for; length is -1 if it isn't known.
func (b *backend) redeem(ctx context.Context, url string) (_ io.ReadCloser, length int64, err error) {
	id, ok := strings.CutPrefix(url, "/api/tickets/")
	if !ok || id == "" || strings.ContainsAny(id, "/?#%") {
		return nil, 0, &retable.Error{Code: retable.Invalid, Detail: "This is no download link."}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+inMemory+url, nil)
	if err != nil {
		return nil, 0, retable.Fault(err, "reading the download")
	}
	res, err := b.lines.RoundTrip(req)
	if err != nil {
		return nil, 0, retable.Fault(err, "reading the download")
	}
	if res.StatusCode != http.StatusOK {
		raw, rerr := io.ReadAll(io.LimitReader(res.Body, 64<<10))
		return nil, 0, errors.Join(problem.Decode(res.StatusCode, res.Header.Get("Retry-After"), raw), rerr, res.Body.Close())
	}
	length = -1
	if n, err := strconv.ParseInt(res.Header.Get("Content-Length"), 10, 64); err == nil {
		length = n
	}
	return res.Body, length, nil
}

// fileName makes a name that a dialog can propose.
func fileName(name string) string {
	name = filepath.Base(strings.ReplaceAll(name, `\`, "/"))
	if name == "." || name == "/" || name == "" {
		return "download"
	}
	return name
}

// write puts content at a path: beside it, flushed, then renamed, so that a
// full disk leaves what was there before.
func write(target string, content io.Reader, length int64, mode fs.FileMode) (err error) {
	unwritable := func(err error) error {
		return &retable.Error{Code: retable.Unavailable, Detail: fmt.Sprintf("%s can't be written: %v. Nothing was changed there; choose another place.", target, bare(err)), Err: err}
	}
	f, err := os.CreateTemp(filepath.Dir(target), ".retable-*.part")
	if err != nil {
		return unwritable(err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()           // may be closed
			_ = os.Remove(f.Name()) // may be gone
		}
	}()
	n, err := io.Copy(f, content)
	switch {
	case err != nil && asPath(err) == nil:
		return retable.Fault(err, "reading the download")
	case err != nil:
		return unwritable(err)
	case length >= 0 && n != length:
		return &retable.Error{Code: retable.Unavailable, Detail: fmt.Sprintf("Of %d bytes %d came; nothing was saved. Try again.", length, n)}
	}
	if err := errors.Join(f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return unwritable(err)
	}
	if err := os.Rename(f.Name(), target); err != nil {
		return unwritable(err)
	}
	return nil
}

func asPath(err error) *os.PathError {
	var at *os.PathError
	errors.As(err, &at)
	return at
}

// bare is the reason in an error of the file system, without the path.
func bare(err error) error {
	if at := asPath(err); at != nil {
		return at.Err
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		return link.Err
	}
	return err
}
