package app

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"retable/internal/retable"
)

// Upload is a resumable upload as it travels.
type Upload struct {
	ID        string       `json:"id"`
	Filename  string       `json:"filename"`
	Bytes     int64        `json:"bytes"`
	PartBytes int64        `json:"part_bytes"`
	State     string       `json:"state" enum:"OPEN,VERIFYING,COMPLETE,ABORTED,EXPIRED"`
	Parts     []UploadPart `json:"parts"`
	SessionID string       `json:"session_id,omitempty"`
	ExpiresAt string       `json:"expires_at"`
}

// UploadPart is a part that has arrived.
type UploadPart struct {
	Number int    `json:"number"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// UploadRef names an upload.
type UploadRef struct {
	UploadID string `json:"upload_id"`
}

// CreateUploadRequest announces an upload.
type CreateUploadRequest struct {
	Filename string          `json:"filename" minLength:"1" maxLength:"1024"`
	Bytes    int64           `json:"bytes" minimum:"1"` // 0, from within: not known yet, then it comes as one part
	SHA256   string          `json:"sha256,omitempty" pattern:"^([0-9a-fA-F]{64})?$"`
	Convert  *bool           `json:"convert,omitempty"` // true if absent
	Options  *ConvertOptions `json:"options,omitempty"`
	Direct   bool            `json:"-"` // the client would store it itself, see DirectUpload
}

// uploadPlan is what happens when an upload is complete.
type uploadPlan struct {
	Convert bool           `json:"convert"`
	Options ConvertOptions `json:"options"`
}

// maxParts bounds the rows of one upload; larger ones get larger parts.
const maxParts = 10_000

// CreateUpload opens a resumable upload: parts of a fixed size, in any order,
// each again if need be, verified by SHA-256.
func (s *Service) CreateUpload(ctx context.Context, req CreateUploadRequest) (*Upload, error) {
	if err := s.AcceptUpload(ctx, req.Filename, req.Bytes); err != nil {
		return nil, err
	}
	p, err := s.who(ctx, retable.ScopeWrite)
	if err != nil {
		return nil, err
	}
	plan := uploadPlan{Convert: req.Convert == nil || *req.Convert}
	if req.Options != nil {
		plan.Options = *req.Options
		if err := plan.Options.check(); err != nil {
			return nil, err
		}
	}
	raw, err := encoded(plan)
	if err != nil {
		return nil, err
	}
	part := s.cfg.PartBytes
	for (req.Bytes+part-1)/part > maxParts {
		part *= 2
	}
	if req.Bytes == 0 && s.cfg.MaxUpload > 0 {
		part = s.cfg.MaxUpload
	}
	if s.canDirect(&req) {
		part = req.Bytes
	}
	now := s.clock.Now()
	u := &retable.Upload{
		ID: retable.NewID(), UserID: p.UserID, Filename: req.Filename, Bytes: req.Bytes, PartBytes: part, SHA256: strings.ToLower(req.SHA256),
		State: retable.UploadOpen, Options: raw, CreatedAt: now, UpdatedAt: now, ExpiresAt: now.Add(s.cfg.UploadKeep),
	}
	err = s.store.Update(ctx, func(tx retable.Tx) error {
		if err := s.room(ctx, tx, p.UserID, req.Bytes, 1); err != nil { // again, with all that is pending
			return err
		}
		return tx.Uploads().Create(ctx, u)
	})
	if err != nil {
		return nil, err
	}
	return uploadDTO(u, nil), nil
}

func uploadDTO(u *retable.Upload, parts []retable.UploadPart) *Upload {
	d := &Upload{ID: u.ID, Filename: u.Filename, Bytes: u.Bytes, PartBytes: u.PartBytes, State: string(u.State), Parts: []UploadPart{}, SessionID: u.SessionID, ExpiresAt: u.ExpiresAt.String()}
	for _, x := range parts {
		d.Parts = append(d.Parts, UploadPart{x.Number, x.Bytes, x.SHA256})
	}
	return d
}

// upload reads one of the caller's uploads.
func (s *Service) upload(ctx context.Context, id string) (u *retable.Upload, parts []retable.UploadPart, err error) {
	p, err := s.who(ctx, retable.ScopeWrite)
	if err != nil {
		return nil, nil, err
	}
	if !retable.ValidID(id) {
		return nil, nil, retable.Missing("upload", id)
	}
	err = s.store.View(ctx, func(tx retable.Tx) error {
		if u, err = tx.Uploads().Get(ctx, id); err != nil {
			return err
		}
		if u.UserID != p.UserID {
			return retable.Missing("upload", id)
		}
		parts, err = tx.Uploads().Parts(ctx, id)
		return err
	})
	return u, parts, err
}

// GetUpload says which parts have arrived.
func (s *Service) GetUpload(ctx context.Context, req UploadRef) (*Upload, error) {
	u, parts, err := s.upload(ctx, req.UploadID)
	if err != nil {
		return nil, err
	}
	return uploadDTO(u, parts), nil
}

// PutPart takes one part. The size is declared and checked; a SHA-256 that is
// announced is verified.
func (s *Service) PutPart(ctx context.Context, uploadID string, number int, bytes int64, sum string, body io.Reader) (*UploadPart, error) {
	u, _, err := s.upload(ctx, uploadID)
	if err != nil {
		return nil, err
	}
	if err := s.partFits(u, number, bytes); err != nil {
		return nil, err
	}
	if u.Bytes == 0 {
		if err := s.AcceptUpload(ctx, u.Filename, bytes); err != nil { // now its size is known
			return nil, err
		}
	}
	w, err := s.blobs.Create(ctx, partKey(u.ID, number))
	if err != nil {
		return nil, err
	}
	defer w.Abort()
	info, err := s.spool(ctx, w, &ReceiveRequest{Name: fmt.Sprintf("part %d of %s", number, u.Filename), Bytes: bytes, SHA256: sum, Body: body})
	if err != nil {
		return nil, err
	}
	part := &retable.UploadPart{UploadID: u.ID, Number: number, Bytes: info.Bytes, SHA256: info.SHA256, At: s.clock.Now()}
	err = s.store.Update(ctx, func(tx retable.Tx) error {
		now, err := tx.Uploads().Get(ctx, u.ID)
		if err != nil {
			return err
		}
		if now.State != retable.UploadOpen {
			return notOpen(now)
		}
		return tx.Uploads().PutPart(ctx, part)
	})
	if err != nil {
		return nil, err
	}
	return &UploadPart{part.Number, part.Bytes, part.SHA256}, nil
}

// partFits refuses what can't be a part of the upload, before it is read.
func (s *Service) partFits(u *retable.Upload, number int, bytes int64) error {
	count := partsOf(u)
	want := u.PartBytes
	switch {
	case u.Bytes == 0:
		want = max(bytes, 1)
	case number == count:
		want = u.Bytes - int64(count-1)*u.PartBytes
	}
	switch {
	case u.State != retable.UploadOpen:
		return notOpen(u)
	case s.clock.Now() > u.ExpiresAt:
		return retable.Errorf(retable.Conflict, "The upload of %s has expired: begin it again.", u.Filename)
	case number < 1 || number > count:
		return retable.Errorf(retable.Unprocessable, "Parts of %s are numbered from 1 to %d; there is no part %d.", u.Filename, count, number)
	case bytes < 0:
		return retable.Errorf(retable.NoLength, "Say how long the part is (Content-Length).")
	case bytes != want:
		return retable.Errorf(retable.Unprocessable, "Part %d of %s has %d bytes, not %d.", number, u.Filename, want, bytes)
	}
	return nil
}

// partsOf is of how many parts an upload consists: one if its size isn't known.
func partsOf(u *retable.Upload) int {
	return max(1, int((u.Bytes+u.PartBytes-1)/u.PartBytes))
}

func notOpen(u *retable.Upload) error {
	return retable.Errorf(retable.Conflict, "The upload of %s is %s: it takes no more parts.", u.Filename, strings.ToLower(string(u.State)))
}

func partKey(uploadID string, number int) string {
	return fmt.Sprintf("uploads/%s/%05d", uploadID, number)
}

// CompleteUpload puts the parts together, verifies the whole, and goes on as
// with any bundle.
func (s *Service) CompleteUpload(ctx context.Context, req UploadRef) (*Received, error) {
	u, parts, err := s.upload(ctx, req.UploadID)
	if err != nil {
		return nil, err
	}
	if u.State == retable.UploadComplete {
		return s.lastOf(ctx, u.SessionID)
	}
	from := retable.UploadOpen
	if u.State == retable.UploadVerifying && s.clock.Now() > u.UpdatedAt.Add(verifyingTime) {
		from = u.State
	}
	if u.State == from {
		if parts, err = s.foundDirect(ctx, u, parts); err != nil {
			return nil, err
		}
	}
	if err := complete(u, parts, from); err != nil {
		return nil, err
	}
	if err := s.moveUpload(ctx, u.ID, from, retable.UploadVerifying); err != nil {
		return nil, err
	}
	quiet := s.stillVerifying(ctx, u.ID)
	got, err := s.assemble(ctx, u, len(parts))
	quiet()
	if err != nil {
		if merr := s.moveUpload(context.WithoutCancel(ctx), u.ID, retable.UploadVerifying, retable.UploadOpen); merr != nil {
			s.log.WarnContext(ctx, "an upload could not be opened again", "upload", u.ID, "err", merr)
		}
		return nil, err
	}
	err = s.store.Update(ctx, func(tx retable.Tx) error {
		now, err := tx.Uploads().Get(ctx, u.ID)
		if err != nil {
			return err
		}
		now.State, now.SessionID, now.UpdatedAt = retable.UploadComplete, got.SessionID, s.clock.Now()
		return tx.Uploads().Update(ctx, now)
	})
	if err != nil {
		return nil, err
	}
	if err := s.blobs.DeletePrefix(ctx, "uploads/"+u.ID+"/"); err != nil {
		s.log.WarnContext(ctx, "parts are left for the clean-up", "upload", u.ID, "err", err)
	}
	return got, nil
}

// verifyingTime is after how long of silence another request may put an upload
// together: its replica has been killed over it. Should both be at work after
// all, the second finds the content of the first and has no effect of its own.
const (
	verifyingTime = 15 * time.Second
	verifyingBeat = verifyingTime / 4
)

// stillVerifying says at intervals that somebody is at the upload, until the
// function that it returns is called, which waits for the last time.
func (s *Service) stillVerifying(ctx context.Context, id string) (quiet func()) {
	ctx, cancel := context.WithCancel(ctx)
	over := make(chan struct{})
	go func() {
		defer close(over)
		beat := time.NewTicker(verifyingBeat)
		defer beat.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-beat.C:
			}
			if err := s.moveUpload(ctx, id, retable.UploadVerifying, retable.UploadVerifying); err != nil && ctx.Err() == nil {
				s.log.WarnContext(ctx, "an upload that is being put together could not say so", "upload", id, "err", err)
			}
		}
	}()
	return func() {
		cancel()
		<-over
	}
}

// complete refuses an upload that isn't in the state, or of which something is
// missing, and names it.
func complete(u *retable.Upload, parts []retable.UploadPart, state retable.UploadState) error {
	switch {
	case u.State == retable.UploadVerifying && u.State != state:
		return &retable.Error{Code: retable.Busy, Reason: "verifying", RetryAfter: 5 * time.Second, Detail: fmt.Sprintf("The upload of %s is being put together; ask again in a moment.", u.Filename)}
	case u.State != state:
		return notOpen(u)
	}
	count := partsOf(u)
	there := make(map[int]bool, len(parts))
	for _, p := range parts {
		there[p.Number] = true
	}
	var missing []string
	for n := 1; n <= count; n++ {
		if !there[n] {
			missing = append(missing, fmt.Sprint(n))
		}
	}
	if len(missing) > 0 {
		more := ""
		if len(missing) > 10 {
			missing, more = missing[:10], " and more"
		}
		return retable.Errorf(retable.Conflict, "%d of %d parts have arrived; missing: %s%s.", len(there), count, strings.Join(missing, ", "), more)
	}
	return nil
}

// assemble streams the parts as one body.
func (s *Service) assemble(ctx context.Context, u *retable.Upload, parts int) (*Received, error) {
	plan, err := payload[uploadPlan](&retable.Job{Payload: u.Options})
	if err != nil {
		return nil, err
	}
	body := &partsReader{ctx: ctx, s: s, upload: u.ID, left: parts}
	defer body.Close()
	req := ReceiveRequest{Name: u.Filename, Bytes: u.Bytes, SHA256: u.SHA256, Body: body, Convert: plan.Convert, Options: plan.Options, reserved: true}
	if u.Bytes == 0 {
		req.Bytes, req.reserved = -1, false
	}
	return s.receive(ctx, req)
}

func (s *Service) moveUpload(ctx context.Context, id string, from, to retable.UploadState) error {
	return s.store.Update(ctx, func(tx retable.Tx) error { return tx.Uploads().Move(ctx, id, from, to, s.clock.Now()) })
}

// lastOf is what was received as a session.
func (s *Service) lastOf(ctx context.Context, sessionID string) (*Received, error) {
	got := &Received{SessionID: sessionID}
	err := s.store.View(ctx, func(tx retable.Tx) error {
		l, err := tx.Jobs().List(ctx, retable.JobFilter{SessionID: sessionID}, retable.Page{Limit: 1})
		if len(l.Items) > 0 {
			got.JobID = l.Items[0].ID
		}
		return err
	})
	return got, err
}

// AbortUpload gives an upload up; nothing of it remains.
func (s *Service) AbortUpload(ctx context.Context, req UploadRef) (*Success, error) {
	u, _, err := s.upload(ctx, req.UploadID)
	if err != nil {
		return nil, err
	}
	if err := s.endUpload(ctx, u, retable.UploadAborted); err != nil {
		return nil, err
	}
	return done(), nil
}

func (s *Service) endUpload(ctx context.Context, u *retable.Upload, state retable.UploadState) error {
	from := retable.UploadOpen
	if state == retable.UploadExpired && u.State == retable.UploadVerifying && s.clock.Now() > u.UpdatedAt.Add(verifyingTime) {
		from = u.State // whoever put it together was killed
	}
	if err := s.moveUpload(ctx, u.ID, from, state); err != nil {
		return err
	}
	return s.blobs.DeletePrefix(ctx, "uploads/"+u.ID+"/")
}

// expireUploads ends uploads that nobody has gone on with.
func (s *Service) expireUploads(ctx context.Context) error {
	var l []retable.Upload
	err := s.store.View(ctx, func(tx retable.Tx) (err error) {
		l, err = tx.Uploads().Expired(ctx, s.clock.Now(), 100)
		return err
	})
	if err != nil {
		return err
	}
	for i := range l {
		if err := s.endUpload(ctx, &l[i], retable.UploadExpired); err != nil && !retable.Is(err, retable.Conflict) {
			return err
		}
	}
	return nil
}
