package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"
	"unicode"

	"retable/internal/archive"
	"retable/internal/retable"
)

// ReceiveRequest brings a bundle.
type ReceiveRequest struct {
	Name    string
	Bytes   int64  // declared; -1: not known
	SHA256  string // declared, hex; "": not known
	Body    io.Reader
	Convert bool
	Options ConvertOptions
	WatchID string

	reserved bool                 // its bytes are counted as pending already
	watched  *retable.WatchedFile // of a watched folder: what is recorded with the session
	then     *WatchOptions        // and what follows its conversion
}

// Received says that a bundle was taken: its session, and the last job that
// was enqueued for it.
type Received struct {
	SessionID string `json:"session_id"`
	JobID     int64  `json:"job_id"`
	Existing  bool   `json:"existing,omitempty"` // the same content was there already
}

// ScanResult is the contract's answer to an upload: what is in the bundle, as
// far as its directory tells at once.
type ScanResult struct {
	SessionID string        `json:"session_id"`
	XMLCount  int64         `json:"xml_count"`
	Files     []ScannedFile `json:"files"`
	JobID     int64         `json:"job_id,omitempty"` // of the profile, if it is still being made
}

// ScannedFile is one file of a bundle.
type ScannedFile struct {
	Filename string `json:"filename"`
	Path     string `json:"path"`
	Status   string `json:"status,omitempty"`
	Kind     string `json:"kind,omitempty"`
	Bytes    int64  `json:"bytes"`
	Rows     int64  `json:"rows,omitempty"`
	Error    string `json:"error,omitempty"`
}

// AcceptUpload refuses what can be refused before the body is read: a name
// that is no bundle's, a size over the limit or the quota.
func (s *Service) AcceptUpload(ctx context.Context, name string, bytes int64) error {
	p, err := s.who(ctx, retable.ScopeWrite)
	if err != nil {
		return err
	}
	if err := checkBundleName(name); err != nil {
		return err
	}
	if s.cfg.MaxUpload > 0 && bytes > s.cfg.MaxUpload {
		return retable.Errorf(retable.TooLarge, "%s has %d bytes; this server takes %d at most (RET_MAX_UPLOAD_BYTES).", name, bytes, s.cfg.MaxUpload)
	}
	return s.store.View(ctx, func(tx retable.Tx) error { return s.room(ctx, tx, p.UserID, max(bytes, 0), 1) })
}

// room checks a user's quota for more bytes and sessions.
func (s *Service) room(ctx context.Context, tx retable.Tx, userID string, bytes, sessions int64) error {
	q, err := tx.Sharing().Quota(ctx, userID)
	if retable.Is(err, retable.NotFound) {
		q, err = &s.cfg.Quota, nil
	}
	if err != nil {
		return err
	}
	if q.MaxBytes <= 0 && q.MaxSessions <= 0 {
		return nil
	}
	used, err := tx.Sharing().Usage(ctx, userID)
	if err != nil {
		return err
	}
	pending, err := tx.Uploads().Pending(ctx, userID)
	if err != nil {
		return err
	}
	if q.MaxBytes > 0 && used.Bytes+pending+bytes > q.MaxBytes {
		return &retable.Error{Code: retable.TooLarge, Reason: "quota_exceeded", Detail: fmt.Sprintf("This would take %d bytes, and %d of your %d are used: delete sessions you no longer need, or ask an administrator for more.", bytes, used.Bytes+pending, q.MaxBytes)}
	}
	if q.MaxSessions > 0 && used.Sessions+sessions > q.MaxSessions {
		return &retable.Error{Code: retable.TooLarge, Reason: "quota_exceeded", Detail: fmt.Sprintf("You have %d of %d sessions: delete some you no longer need, or ask an administrator for more.", used.Sessions, q.MaxSessions)}
	}
	return nil
}

// bundleNames are the endings of what can be a bundle.
func checkBundleName(name string) error {
	base := strings.ToLower(path.Base(strings.ReplaceAll(name, `\`, "/")))
	if base == "" || base == "." || base == "/" || strings.ContainsFunc(name, unicode.IsControl) || len(name) > 1024 {
		return &retable.Error{Code: retable.Invalid, Detail: "The upload needs a plain file name, such as delivery.zip.", Fields: []retable.FieldError{{Field: "filename", Message: "is empty, too long, or has control characters"}}}
	}
	if !BundleName(base) {
		return retable.Errorf(retable.Unsupported, "%s is no bundle by its name: a bundle is .zip, .tar, .tgz or .xml, also .gz, .bz2 or .zst.", path.Base(name))
	}
	return nil
}

// BundleName tells whether a file is a bundle by its name.
func BundleName(name string) bool {
	name = strings.ToLower(name)
	for _, packed := range []string{".gz", ".bz2", ".zst"} {
		if rest, ok := strings.CutSuffix(name, packed); ok {
			name = rest
			if !strings.Contains(name, ".") {
				return true // feed.gz
			}
			break
		}
	}
	switch path.Ext(name) {
	case ".zip", ".tar", ".tgz", ".tbz", ".tbz2", ".xml", ".xbrl", ".xhtml", ".svg", ".gpx", ".osm", ".kml", ".rss", ".atom", ".musicxml", ".mxl", ".nxml", ".xsd", ".xsl", ".xslt", ".wsdl", ".rdf", ".owl", ".gml", ".fcpxml", ".docbook", ".pom":
		return true
	}
	return false
}

// ReceiveBundle stores a bundle and enqueues its scan and, if asked, its
// conversion. The body is streamed; one that breaks off, or is not what was
// declared, leaves nothing.
func (s *Service) ReceiveBundle(ctx context.Context, req ReceiveRequest) (*Received, error) {
	if err := s.AcceptUpload(ctx, req.Name, req.Bytes); err != nil {
		return nil, err
	}
	if err := req.Options.check(); err != nil {
		return nil, err
	}
	return s.receive(ctx, req)
}

// receive stores what has been accepted.
func (s *Service) receive(ctx context.Context, req ReceiveRequest) (*Received, error) {
	id := retable.NewID()
	w, err := s.blobs.Create(ctx, originalKey(id, req.Name))
	if err != nil {
		return nil, err
	}
	defer w.Abort()
	info, err := s.spool(ctx, w, &req)
	if err != nil {
		return nil, err
	}
	got, err := s.keep(ctx, id, info, &req)
	if err != nil || got.Existing {
		s.dropBlobs(context.WithoutCancel(ctx), []string{info.Key})
	}
	return got, err
}

// spool copies the body to the store and compares it with what was declared.
func (s *Service) spool(ctx context.Context, w retable.BlobWriter, req *ReceiveRequest) (retable.BlobInfo, error) {
	var none retable.BlobInfo
	body := req.Body
	if s.cfg.MaxUpload > 0 {
		body = io.LimitReader(body, s.cfg.MaxUpload+1)
	}
	n, err := io.Copy(w, &contextReader{ctx, body})
	var known *retable.Error
	switch {
	case err != nil && ctx.Err() != nil:
		return none, context.Cause(ctx)
	case errors.As(err, &known):
		return none, err
	case err != nil:
		return none, &retable.Error{Code: retable.Invalid, Reason: "broken_off", Detail: fmt.Sprintf("The upload of %s broke off after %d bytes; nothing was kept. Send it again.", req.Name, n), Err: err}
	case s.cfg.MaxUpload > 0 && n > s.cfg.MaxUpload:
		return none, retable.Errorf(retable.TooLarge, "%s is larger than the %d bytes that this server takes (RET_MAX_UPLOAD_BYTES).", req.Name, s.cfg.MaxUpload)
	case req.Bytes >= 0 && n != req.Bytes:
		return none, retable.Errorf(retable.Invalid, "%s should have %d bytes, and %d came; nothing was kept. Send it again.", req.Name, req.Bytes, n)
	case n == 0:
		return none, retable.Errorf(retable.Unprocessable, "%s is empty.", req.Name)
	}
	info, err := w.Commit(ctx)
	if err == nil && req.SHA256 != "" && !strings.EqualFold(info.SHA256, req.SHA256) {
		s.dropBlobs(context.WithoutCancel(ctx), []string{info.Key})
		return none, retable.Errorf(retable.Unprocessable, "%s arrived with another SHA-256 than was announced; nothing was kept. Send it again.", req.Name)
	}
	return info, err
}

// keep makes the session and its jobs, unless the owner has the content.
func (s *Service) keep(ctx context.Context, id string, info retable.BlobInfo, req *ReceiveRequest) (*Received, error) {
	p, err := s.who(ctx, retable.ScopeWrite)
	if err != nil {
		return nil, err
	}
	form := s.formOf(ctx, info.Key, req.Name)
	var got *Received
	err = s.store.Update(ctx, func(tx retable.Tx) error {
		got = nil
		if req.watched != nil {
			got, err = s.repeated(ctx, tx, info.SHA256, req)
		} else {
			got, err = s.existing(ctx, tx, p, info.SHA256, req)
		}
		if err != nil || got != nil {
			return err
		}
		if !req.reserved {
			if err := s.room(ctx, tx, p.UserID, info.Bytes, 1); err != nil {
				return err
			}
		}
		now := s.clock.Now()
		raw, err := json.Marshal(req.Options)
		if err != nil {
			return retable.Fault(err, "keeping the options")
		}
		x := &retable.Session{
			ID: id, OwnerID: p.UserID, Name: path.Base(strings.ReplaceAll(req.Name, `\`, "/")), State: retable.SessionReceived, Form: form,
			SHA256: info.SHA256, Bytes: info.Bytes, Options: raw, Pattern: SeriesPattern(req.Name), WatchID: req.WatchID,
			CreatedAt: now, UpdatedAt: now, UsedAt: now,
		}
		if err := tx.Sessions().Create(ctx, x); err != nil {
			return err
		}
		if err := tx.Artifacts().Add(ctx, &retable.Artifact{
			ID: retable.NewID(), SessionID: id, Kind: retable.ArtifactOriginal, Name: x.Name, MediaType: "application/octet-stream",
			Key: info.Key, SHA256: info.SHA256, Bytes: info.Bytes, CreatedAt: now,
		}); err != nil {
			return err
		}
		scan, err := s.enqueue(ctx, tx, retable.JobSpec{Kind: retable.JobScan, SessionID: id, DedupeKey: "scan:" + id})
		if err != nil {
			return err
		}
		got = &Received{SessionID: id, JobID: scan.ID}
		if req.Convert {
			convert, err := s.enqueueConvert(ctx, tx, id, req.Options, []int64{scan.ID})
			if err != nil {
				return err
			}
			got.JobID = convert.ID
		}
		if req.watched != nil {
			if got.JobID, err = s.recordWatched(ctx, tx, p, x, got.JobID, req); err != nil {
				return err
			}
		}
		return s.audit(ctx, tx, "session.create", id, map[string]any{"name": x.Name, "bytes": x.Bytes})
	})
	if err == nil && !got.Existing {
		s.system.Hint()
		s.publish(retable.Event{Kind: retable.EventSession, OwnerID: p.UserID, SessionID: id, LeftMS: -1, At: s.clock.Now()})
	}
	return got, err
}

// repeated notes a file of a watched folder whose content came before.
func (s *Service) repeated(ctx context.Context, tx retable.Tx, sha256 string, req *ReceiveRequest) (*Received, error) {
	before, err := tx.Watches().FileByHash(ctx, req.WatchID, sha256)
	if err != nil || before.SessionID == "" || before.State == fileFailed {
		return nil, ignoreMissing(err)
	}
	row := *req.watched
	now := s.clock.Now()
	row.WatchID, row.SHA256, row.State, row.SessionID, row.JobID, row.SeenAt, row.UpdatedAt = req.WatchID, sha256, fileRepeated, before.SessionID, before.JobID, now, now
	if before.Path == row.Path {
		row.State = before.State // only its time was touched
	}
	return &Received{SessionID: before.SessionID, JobID: before.JobID, Existing: true}, tx.Watches().PutFile(ctx, &row)
}

// existing finds the caller's session of the same content that is not failed.
func (s *Service) existing(ctx context.Context, tx retable.Tx, p *retable.Principal, sha256 string, req *ReceiveRequest) (*Received, error) {
	l, err := tx.Sessions().List(ctx, retable.SessionFilter{OwnerID: p.UserID, SHA256: sha256}, retable.Page{Limit: 20})
	if err != nil {
		return nil, err
	}
	for i := range l.Items {
		x := &l.Items[i]
		if x.State == retable.SessionFailed || x.State == retable.SessionDeleting {
			continue
		}
		got := &Received{SessionID: x.ID, Existing: true}
		if last, err := tx.Jobs().List(ctx, retable.JobFilter{SessionID: x.ID}, retable.Page{Limit: 1}); err != nil {
			return nil, err
		} else if len(last.Items) > 0 {
			got.JobID = last.Items[0].ID
		}
		if req.Convert && (x.State == retable.SessionScanned || x.State == retable.SessionReceived) {
			j, err := s.enqueueConvert(ctx, tx, x.ID, req.Options, nil)
			if err != nil {
				return nil, err
			}
			got.JobID = j.ID
		}
		return got, nil
	}
	return nil, nil
}

// formOf is what kind of bundle the content is; "" where it can't be read,
// which the scan will tell.
func (s *Service) formOf(ctx context.Context, key, name string) string {
	local, release, err := s.blobs.Local(ctx, key)
	if err != nil {
		return ""
	}
	defer release()
	return sniffForm(ctx, local, name, s.cfg.Limits, s.cfg.Scratch)
}

// ScanBundle is the contract's scan: it stores the bundle, enqueues the
// profile, waits for it a little, and says what is in the bundle.
func (s *Service) ScanBundle(ctx context.Context, req ReceiveRequest, wait time.Duration) (*ScanResult, error) {
	got, err := s.ReceiveBundle(ctx, req)
	if err != nil {
		return nil, err
	}
	job, err := s.WaitJob(ctx, got.JobID, wait)
	if err != nil {
		return nil, err
	}
	out := &ScanResult{SessionID: got.SessionID, Files: []ScannedFile{}}
	if !retable.JobState(job.Status).Over() {
		out.JobID = got.JobID
		return out, s.listDirectory(ctx, got.SessionID, req.Name, out)
	}
	if job.Status == string(retable.JobFailed) {
		return nil, &retable.Error{Code: retable.Unprocessable, Detail: job.Error}
	}
	err = s.store.View(ctx, func(tx retable.Tx) error {
		for page := (retable.Page{Limit: 500}); ; {
			l, err := tx.Inventory().Files(ctx, got.SessionID, retable.FileFilter{}, page)
			if err != nil {
				return err
			}
			for i := range l.Items {
				f := &l.Items[i]
				out.Files = append(out.Files, ScannedFile{Filename: path.Base(f.Path), Path: f.Path, Status: f.Status, Kind: f.Kind, Bytes: f.Bytes, Rows: f.Rows, Error: f.Error})
				if f.Status != "skipped" && f.Status != StatusRefused {
					out.XMLCount++
				}
			}
			if l.Next == "" || len(out.Files) >= maxScannedFiles {
				return nil
			}
			page.Cursor = l.Next
		}
	})
	return out, err
}

// maxScannedFiles bounds the list in one answer; the rest is read in pages.
const maxScannedFiles = 10_000

// listDirectory lists the bundle's directory, without reading its files.
func (s *Service) listDirectory(ctx context.Context, sessionID, name string, out *ScanResult) error {
	return s.withOriginal(ctx, sessionID, func(src Source) error {
		b, err := s.files.open(ctx, src, false, nil)
		if err != nil {
			return refused(err)
		}
		defer b.Close()
		for _, e := range b.Entries() {
			out.XMLCount++
			if len(out.Files) < maxScannedFiles {
				out.Files = append(out.Files, ScannedFile{Filename: path.Base(e.Path), Path: e.Path, Bytes: e.Size})
			}
		}
		return nil
	})
}

// originalKey is where a session's original lies.
func originalKey(id, name string) string { return "sessions/" + id + "/original/" + safeName(name) }

// safeName makes a name that any store takes: letters, digits, dot, dash and
// underscore of ASCII.
func safeName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	out := strings.Map(func(r rune) rune {
		if r < 128 && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '.' || r == '-' || r == '_') {
			return r
		}
		return '_'
	}, name)
	out = strings.TrimLeft(out, ".-")
	if len(out) > 100 {
		out = out[len(out)-100:]
	}
	if out == "" {
		return "bundle"
	}
	return out
}

func copyWith(ctx context.Context, w io.Writer, r io.Reader) error {
	_, err := io.Copy(w, &contextReader{ctx, r})
	return err
}

// contextReader ends with its context.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, context.Cause(c.ctx)
	}
	return c.r.Read(p)
}

// sniffForm opens a file as a bundle and says what it is.
func sniffForm(ctx context.Context, file, name string, limits Limits, scratch string) string {
	f, err := openNamed(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	b, err := archive.OpenReader(ctx, f, name, archive.Options{Limits: limits, Scratch: scratch, Now: time.Now})
	if err != nil {
		return ""
	}
	defer b.Close()
	return b.Kind()
}
