package app

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"retable/internal/retable"
)

// LegacyRequest names the runtime root of the system before; docs/operations.md
// has its layout.
type LegacyRequest struct {
	Folder string
	DryRun bool
}

// LegacyReport is what was taken over.
type LegacyReport struct {
	Users    int          `json:"users"`
	Sessions int          `json:"sessions"`
	Tokens   int          `json:"tokens"`  // refresh tokens that were not taken: they lay there in plain text
	Skipped  int          `json:"skipped"` // there already, or not usable
	Items    []LegacyItem `json:"items"`
}

// LegacyItem is one user or session.
type LegacyItem struct {
	Kind    string `json:"kind" enum:"user,session"`
	Name    string `json:"name"`
	Outcome string `json:"outcome" enum:"taken,skipped"`
	Detail  string `json:"detail,omitempty"`
}

func (r *LegacyReport) add(kind, name string, taken bool, detail string) {
	item := LegacyItem{kind, name, "skipped", detail}
	switch {
	case !taken:
		r.Skipped++
	case kind == "user":
		item.Outcome, r.Users = "taken", r.Users+1
	default:
		item.Outcome, r.Sessions = "taken", r.Sessions+1
	}
	r.Items = append(r.Items, item)
}

// ImportLegacy takes users and sessions over from the runtime root of the
// system before. Bcrypt hashes stay good and are upgraded at the next log-in;
// refresh tokens, which lay there in plain text, are not taken, so nobody can
// use them here. Bundles are received as if their owners had sent them, and
// converted anew; tables that lie beside one are kept with its session as they
// are. What is there already is passed over, so it may be run again.
func (s *Service) ImportLegacy(ctx context.Context, req LegacyRequest) (*LegacyReport, error) {
	p, err := s.settler(ctx)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(req.Folder)
	if err != nil {
		return nil, retable.Errorf(retable.Invalid, "%s can't be read: %v.", req.Folder, errors.Unwrap(err))
	}
	defer root.Close()
	users, err := legacyUsers(root.FS())
	if err != nil {
		return nil, err
	}
	sessions, err := legacySessions(root.FS())
	if err != nil {
		return nil, err
	}
	if len(users) == 0 && len(sessions) == 0 {
		return nil, retable.Errorf(retable.Invalid, "%s has neither users.json, users.csv nor sessions/ID/*.zip: it is no runtime root.", req.Folder)
	}
	report := &LegacyReport{Items: []LegacyItem{}}
	report.Tokens, err = legacyTokens(root.FS())
	if err != nil {
		return nil, err
	}
	owners, err := s.importUsers(ctx, users, req.DryRun, report)
	if err != nil {
		return nil, err
	}
	for i := range sessions {
		if err := s.importSession(ctx, root.FS(), &sessions[i], owners, p, req.DryRun, report); err != nil {
			return nil, err
		}
	}
	return report, nil
}

// importUsers makes the users who aren't there yet, and returns all by the
// names and ids that sessions may refer to.
func (s *Service) importUsers(ctx context.Context, users []legacyUser, dry bool, report *LegacyReport) (map[string]*retable.User, error) {
	owners := map[string]*retable.User{}
	for i := range users {
		l := &users[i]
		report.Tokens += l.tokens
		u, detail := l.user(s.clock.Now())
		if err := checkUser(u); err != nil {
			report.add("user", l.name, false, safeDetail(err))
			continue
		}
		taken := true
		err := s.store.Update(ctx, func(tx retable.Tx) error {
			there, err := tx.Users().ByName(ctx, u.Username)
			if err == nil {
				taken, u = false, there
				return nil
			}
			if !retable.Is(err, retable.NotFound) || dry {
				return ignoreMissing(err)
			}
			taken = true
			if _, err := s.Accounts.createUser(ctx, tx, u); err != nil {
				return err
			}
			return s.audit(ctx, tx, "user.import", u.ID, map[string]any{"username": u.Username, "tokens_revoked": l.tokens})
		})
		if err != nil {
			return nil, err
		}
		if !taken {
			detail = "there is a user of this name"
		}
		report.add("user", u.Username, taken, detail)
		owners[strings.ToLower(l.name)] = u
		if l.id != "" {
			owners[strings.ToLower(l.id)] = u
		}
	}
	return owners, nil
}

// legacySession is a folder below sessions/.
type legacySession struct {
	id     string
	zips   []string // paths of bundles
	tables []string // paths of CSV files
	owner  string   // name or id, from its description
	name   string
}

// legacySessions lists the folders below sessions/.
func legacySessions(root fs.FS) (all []legacySession, err error) {
	entries, err := fs.ReadDir(root, "sessions")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, retable.Fault(err, "listing the sessions")
	}
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		x := legacySession{id: e.Name()}
		dir := path.Join("sessions", x.id)
		err := fs.WalkDir(root, dir, func(name string, e fs.DirEntry, err error) error {
			if err != nil || !e.Type().IsRegular() {
				return err
			}
			switch strings.ToLower(path.Ext(name)) {
			case ".zip":
				if path.Dir(name) == dir { // below lie results
					x.zips = append(x.zips, name)
				}
			case ".csv":
				x.tables = append(x.tables, name)
			}
			return nil
		})
		if err != nil {
			return nil, retable.Fault(err, "listing the session "+x.id)
		}
		if err := x.describe(root, dir); err != nil {
			return nil, err
		}
		all = append(all, x)
	}
	return all, nil
}

// describe reads whose a session is, where a file beside it says so.
func (x *legacySession) describe(root fs.FS, dir string) error {
	for _, name := range []string{"session.json", "metadata.json", "meta.json"} {
		raw, err := fs.ReadFile(root, path.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return retable.Fault(err, "reading "+name)
		}
		var m map[string]any
		if err := json.Unmarshal(raw, &m); err != nil {
			return retable.Errorf(retable.Invalid, "%s/%s is no JSON object: %v.", dir, name, err)
		}
		x.owner, x.name = firstText(m, "owner", "username", "user", "user_id", "owner_id"), firstText(m, "name", "filename", "original_filename")
		return nil
	}
	return nil
}

// importSession receives a session's bundles in their owner's name.
func (s *Service) importSession(ctx context.Context, root fs.FS, x *legacySession, owners map[string]*retable.User, admin *retable.Principal, dry bool, report *LegacyReport) error {
	if len(x.zips) == 0 {
		report.add("session", x.id, false, fmt.Sprintf("no ZIP, %d CSV files: `retable compare` reads those as they are", len(x.tables)))
		return nil
	}
	p, whose := admin, ""
	if u := owners[strings.ToLower(x.owner)]; u != nil {
		p = &retable.Principal{UserID: u.ID, Username: u.Username, Role: u.Role, Local: admin.Local}
	} else if x.owner != "" {
		whose = ", as nobody is called " + x.owner
	}
	for i, name := range x.zips {
		called := path.Base(name)
		if x.name != "" && len(x.zips) == 1 && BundleName(x.name) {
			called = path.Base(filepath.ToSlash(x.name))
		}
		detail := fmt.Sprintf("%s, for %s%s", called, p.Username, whose)
		if dry {
			report.add("session", x.id, true, detail)
			continue
		}
		got, err := s.receiveLegacy(retable.WithPrincipal(ctx, p), root, name, called)
		var refused *retable.Error
		if errors.As(err, &refused) && refused.Code != retable.Internal && refused.Code != retable.Unavailable {
			report.add("session", x.id, false, called+": "+safeDetail(err))
			continue
		}
		if err != nil {
			return err
		}
		if !got.Existing && i == 0 {
			if err := s.keepLegacyTables(ctx, root, x, got.SessionID); err != nil {
				return err
			}
		}
		if got.Existing {
			detail = "the same bundle is there"
		}
		report.add("session", x.id, !got.Existing, detail)
	}
	return nil
}

func (s *Service) receiveLegacy(ctx context.Context, root fs.FS, name, called string) (*Received, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, retable.Fault(err, "reading "+name)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, retable.Fault(err, "reading "+name)
	}
	return s.ReceiveBundle(ctx, ReceiveRequest{Name: called, Bytes: info.Size(), Body: f, Convert: true})
}

// keepLegacyTables stores the tables that the system before had made, as one
// ZIP beside the original. Like that, and unlike exports, they stay when the session
// is converted and when exports have had their time.
func (s *Service) keepLegacyTables(ctx context.Context, root fs.FS, x *legacySession, sessionID string) error {
	if len(x.tables) == 0 {
		return nil
	}
	key := "sessions/" + sessionID + "/legacy/tables.zip"
	w, err := s.blobs.Create(ctx, key)
	if err != nil {
		return err
	}
	defer w.Abort()
	z := zip.NewWriter(w)
	slices.Sort(x.tables)
	for _, name := range x.tables {
		if err := zipLegacy(ctx, root, z, name, strings.TrimPrefix(name, "sessions/"+x.id+"/")); err != nil {
			return explained(ctx, err, "keeping "+name)
		}
	}
	if err := z.Close(); err != nil {
		return explained(ctx, err, "keeping the tables")
	}
	info, err := w.Commit(ctx)
	if err != nil {
		return err
	}
	return s.store.Update(ctx, func(tx retable.Tx) error {
		if err := s.addArtifact(ctx, tx, &retable.Job{}, retable.Artifact{
			SessionID: sessionID, Kind: retable.ArtifactLegacy, Format: "csv", Name: "legacy-tables.zip", MediaType: "application/zip",
			Key: key, SHA256: info.SHA256, Bytes: info.Bytes,
		}); err != nil {
			return err
		}
		return s.audit(ctx, tx, "session.import", sessionID, map[string]any{"legacy_id": x.id, "tables": len(x.tables)})
	})
}

func zipLegacy(ctx context.Context, root fs.FS, z *zip.Writer, name, within string) error {
	f, err := root.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	w, err := z.Create(within)
	if err != nil {
		return err
	}
	return copyWith(ctx, w, f)
}

// legacyTokens counts the refresh tokens of a file of their own.
func legacyTokens(root fs.FS) (n int, err error) {
	for _, name := range []string{"refresh_tokens.json", "tokens.json"} {
		raw, err := fs.ReadFile(root, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return 0, retable.Fault(err, "reading "+name)
		}
		var list []any
		var byToken map[string]any
		d := json.NewDecoder(bytes.NewReader(raw))
		if err := d.Decode(&list); err != nil {
			if err := json.Unmarshal(raw, &byToken); err != nil {
				return 0, retable.Errorf(retable.Invalid, "%s holds neither a list nor an object of tokens.", name)
			}
		} else if _, err := d.Token(); err != io.EOF {
			return 0, retable.Errorf(retable.Invalid, "%s goes on after its list.", name)
		}
		n += len(list) + len(byToken)
	}
	return n, nil
}
