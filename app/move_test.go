package app

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"retable/internal/auth"
	"retable/internal/blob/blobtest"
	"retable/internal/config"
	"retable/internal/retable"
	"retable/internal/store"
	"retable/internal/store/storetest"
)

// ends are the settings of both sides of a move.
func ends(t *testing.T) (root, scaled, back *config.Config) {
	t.Helper()
	s3 := blobtest.S3(t)
	load := func(settings ...string) *config.Config {
		cfg, err := config.Load(config.Source{Environ: append([]string{"HOME=" + t.TempDir()}, settings...)})
		if err != nil {
			t.Fatal(err)
		}
		return cfg
	}
	seal := "RET_SEAL_KEY=" + strings.Repeat("s", 40)
	root = load("RET_RUNTIME_ROOT=" + t.TempDir())
	scaled = load("RET_RUNTIME_ROOT="+t.TempDir(), "RET_DATABASE="+storetest.Postgres(t), "RET_BLOBS="+s3.Place("moved"),
		"RET_S3_ACCESS_KEY="+blobtest.AccessKey, "RET_S3_SECRET_KEY="+blobtest.SecretKey, "RET_JWT_KEY="+strings.Repeat("k", 40), seal)
	return root, scaled, load("RET_RUNTIME_ROOT=" + filepath.Join(t.TempDir(), "back"))
}

// filled makes a data root with something of everything that moves.
func filled(t *testing.T, cfg *config.Config) (sessionID string) {
	t.Helper()
	in, err := Open(t.Context(), OpenRequest{Config: cfg, Door: "cli", Version: "test", Run: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := in.Close(ctx); err != nil {
			t.Error(err)
		}
	}()
	ctx, err := in.AsLocal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, price := range []string{"1", "2"} {
		content := someOrders(t, 30, price)
		got, err := in.ReceiveBundle(ctx, ReceiveRequest{Name: "orders-" + price + ".zip", Bytes: int64(len(content)), Body: bytes.NewReader(content), Convert: true})
		if err != nil {
			t.Fatal(err)
		}
		if j, err := in.WaitJob(ctx, got.JobID, clusterSoon); err != nil || j.Status != string(retable.JobSuccess) {
			t.Fatalf("%+v, %v", j, err)
		}
		ids = append(ids, got.SessionID)
	}
	compared, err := in.Compare(ctx, CompareSessionsRequest{LeftID: ids[0], RightID: ids[1]})
	if err != nil {
		t.Fatal(err)
	}
	if j, err := in.WaitJob(ctx, compared.JobID, clusterSoon); err != nil || j.Status != string(retable.JobSuccess) {
		t.Fatalf("%+v, %v", j, err)
	}
	if _, err := in.UpdateSettings(ctx, settingsTo("none")); err != nil {
		t.Fatal(err)
	}
	return ids[0]
}

func TestAnInstallationMovesAndComesBackTheSame(t *testing.T) {
	t.Parallel()
	root, scaled, back := ends(t)
	session := filled(t, root)
	there, err := Move(t.Context(), MoveRequest{From: root, To: scaled})
	if err != nil {
		t.Fatal(err)
	}
	if there.Rows < 50 || there.Blobs < 5 || there.Keys != "settings" {
		t.Errorf("moved %+v", there)
	}

	t.Run("it works there, and numbers of jobs go on", func(t *testing.T) {
		in, err := Open(t.Context(), OpenRequest{Config: scaled, Door: "server", Version: "test", Run: true})
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close(context.Background())
		ctx, err := in.AsLocal(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if rows, err := in.GetRows(ctx, RowsRequest{TableRef: TableRef{session, 1}, Limit: 10}); err != nil || rows.Total == 0 {
			t.Errorf("the tables: %+v, %v", rows, err)
		}
		started, err := in.IndexSession(ctx, IndexRequest{SessionID: session, Collection: "orders"})
		if err != nil || started.JobID <= 5 {
			t.Fatalf("job %+v, %v", started, err)
		}
		if j, err := in.WaitJob(ctx, started.JobID, clusterSoon); err != nil || j.Status != string(retable.JobSuccess) {
			t.Fatalf("%+v, %v", j, err)
		}
		if head, err := in.VerifyAudit(ctx, AuditHead{}); err != nil || head.Entries == 0 {
			t.Errorf("the audit log: %+v, %v", head, err)
		}
	})
	t.Run("a target that is not empty is refused", func(t *testing.T) {
		if _, err := Move(t.Context(), MoveRequest{From: root, To: scaled}); !retable.Is(err, retable.Conflict) || !strings.Contains(err.Error(), "not empty") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("back in a data root the same keys open it", func(t *testing.T) {
		got, err := Move(t.Context(), MoveRequest{From: scaled, To: back})
		if err != nil {
			t.Fatal(err)
		}
		if got.Keys != "carried" || got.Rows < there.Rows {
			t.Errorf("moved %+v", got)
		}
		a, err := auth.NewRing("", []auth.Secret{{ID: "1", Value: strings.Repeat("k", 40)}}, strings.Repeat("s", 40), time.Now)
		if err != nil {
			t.Fatal(err)
		}
		b, err := auth.OpenRing(filepath.Join(back.Place.RuntimeRoot, "keys.json"), "", time.Now)
		if err != nil {
			t.Fatal(err)
		}
		if open, err := b.Unseal(auth.ForTOTP, "u", a.Seal(auth.ForTOTP, "u", []byte("x"))); err != nil || string(open) != "x" {
			t.Errorf("got %q, %v", open, err)
		}
		in, err := Open(t.Context(), OpenRequest{Config: back, Door: "cli", Version: "test", Run: true})
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close(context.Background())
	})
}

func TestAMoveThatBrokeOffGoesOn(t *testing.T) {
	t.Parallel()
	_, scaled, back := ends(t)
	root := back // any data root does
	filled(t, root)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Move(ctx, MoveRequest{From: root, To: scaled, Progress: func(text string) {
		if strings.Contains(text, "table users") {
			cancel()
		}
	}})
	if err == nil {
		t.Fatal("it did not break off")
	}
	st, err := store.Open(t.Context(), store.Config{URL: scaled.Place.Database})
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := st.SQL().QueryRowContext(t.Context(), "SELECT count(*) FROM users").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d users are there, %v", n, err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	report, err := Move(t.Context(), MoveRequest{From: root, To: scaled})
	if err != nil {
		t.Fatal(err)
	}
	if report.Kept != report.Blobs || report.Blobs == 0 {
		t.Errorf("sent again: %+v", report)
	}
}

func TestWhatIsRunningOrDamagedDoesntMove(t *testing.T) {
	t.Parallel()
	root, scaled, _ := ends(t)
	id := filled(t, root)
	in, err := Open(t.Context(), OpenRequest{Config: root, Door: "server", Version: "test", Run: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Move(t.Context(), MoveRequest{From: root, To: scaled}); !retable.Is(err, retable.Conflict) {
		t.Errorf("a source in use: %v", err)
	}
	if err := in.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	var damaged string
	err = filepath.WalkDir(filepath.Join(root.Place.RuntimeRoot, "sessions", id), func(path string, e os.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() && filepath.Ext(path) == ".sqlite" {
			damaged = path
		}
		return err
	})
	if err != nil || damaged == "" {
		t.Fatal(damaged, err)
	}
	raw, err := os.ReadFile(damaged)
	if err != nil {
		t.Fatal(err)
	}
	raw[len(raw)/2] ^= 1
	if err := os.Chmod(damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(damaged, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Move(t.Context(), MoveRequest{From: root, To: scaled}); !retable.Is(err, retable.Conflict) || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a damaged file: %v", err)
	}
}

func TestARootOfTheSystemBeforeIsTakenOver(t *testing.T) {
	t.Parallel()
	s := serve(t, func(c *ServiceConfig, _ *ServiceDeps) { c.Retention.Artifacts = time.Nanosecond })
	old := t.TempDir()
	write := func(name string, content []byte) {
		path := filepath.Join(old, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const hash = "$2b$04$abcdefghijklmnopqrstuuN3zW1x1m0r1uY3hQd0w6B2Xb9mO0yWa"
	write("users.json", []byte(`{"users": [
		{"id": 7, "username": "bea", "hashed_password": "`+hash+`", "role": "admin", "refresh_token": "plain-text", "created_at": "2024-05-01T10:00:00Z"},
		{"id": 8, "username": "carl", "password": "secret", "is_active": false},
		{"username": "ada", "password_hash": "`+hash+`"},
		{"username": "no one"}]}`))
	write("refresh_tokens.json", []byte(`[{"token": "a"}, {"token": "b"}]`))
	write("sessions/s1/delivery.zip", someOrders(t, 6, "1"))
	write("sessions/s1/out/orders.csv", []byte("a,b\n1,2\n"))
	write("sessions/s1/session.json", []byte(`{"owner": 7}`))
	write("sessions/s2/only.csv", []byte("a\n1\n"))
	write("sessions/s3/broken.zip", []byte("no zip at all"))

	preview, err := s.ImportLegacy(s.ctx, LegacyRequest{Folder: old, DryRun: true})
	if err != nil || preview.Users != 2 || preview.Sessions != 2 {
		t.Fatalf("preview: %+v, %v", preview, err)
	}
	report, err := s.ImportLegacy(s.ctx, LegacyRequest{Folder: old})
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := json.MarshalIndent(report, "", " ")
	if report.Users != 2 || report.Tokens != 3 || report.Sessions < 1 {
		t.Fatalf("got %s", raw)
	}
	l, err := s.ListSessions(s.ctx, ListSessionsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range l.Items { // converted they keep what can't be made again
		if x := &l.Items[i]; x.Name == "delivery.zip" {
			started, err := s.ConvertSession(s.ctx, ConvertSessionRequest{SessionID: x.ID})
			if err != nil {
				t.Fatal(err)
			}
			s.await(t, s.ctx, started.JobID, retable.JobSuccess)
		}
	}
	s.cleaned(t)
	err = s.store.View(t.Context(), func(tx retable.Tx) error {
		bea, err := tx.Users().ByName(t.Context(), "bea")
		if err != nil {
			return err
		}
		if bea.PasswordHash != hash || bea.Role != retable.RoleAdmin || bea.MustReset {
			t.Errorf("bea is %+v", bea)
		}
		carl, err := tx.Users().ByName(t.Context(), "carl")
		if err != nil {
			return err
		}
		if carl.PasswordHash != "" || !carl.MustReset || carl.Active {
			t.Errorf("carl is %+v", carl)
		}
		l, err := tx.Sessions().List(t.Context(), retable.SessionFilter{OwnerID: bea.ID}, retable.Page{Limit: 10})
		if err != nil {
			return err
		}
		if len(l.Items) != 1 || l.Items[0].Name != "delivery.zip" {
			t.Fatalf("bea's sessions: %+v", l.Items)
		}
		kept, err := tx.Artifacts().Find(t.Context(), retable.ArtifactFilter{SessionID: l.Items[0].ID, Kind: retable.ArtifactLegacy})
		if err != nil {
			return err
		}
		if len(kept) != 1 || kept[0].Name != "legacy-tables.zip" {
			t.Errorf("kept: %+v", kept)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.ImportLegacy(s.ctx, LegacyRequest{Folder: old})
	if err != nil || again.Users != 0 {
		t.Errorf("a second time: %+v, %v", again, err)
	}
	if _, err := s.ImportLegacy(s.ctx, LegacyRequest{Folder: t.TempDir()}); !retable.Is(err, retable.Invalid) {
		t.Errorf("an empty folder: %v", err)
	}
}
