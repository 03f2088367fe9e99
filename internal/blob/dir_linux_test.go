package blob

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"retable/internal/retable"
)

func TestLinksAreNotFollowed(t *testing.T) {
	t.Parallel()
	outside, root := t.TempDir(), filepath.Join(t.TempDir(), "root")
	d := newDir(t, root)
	store(t, d, "in/side", "inside")
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{
		"out": outside, "in/out": filepath.Join(outside, "secret"), "up": "..", "loop": "loop", "in/again": filepath.Join(root, "in", "side"), "folder": "in",
	} {
		if err := os.Symlink(target, filepath.Join(root, filepath.FromSlash(name))); err != nil {
			t.Skip(err)
		}
	}
	file := filepath.Join(t.TempDir(), "f")
	for _, key := range []string{"out/secret", "in/out", "up/x", "loop", "loop/x", "in/again", "folder/side"} {
		if _, err := d.Open(t.Context(), key); !retable.Is(err, retable.NotFound) {
			t.Errorf("Open %s: %v", key, err)
		}
		if _, _, err := d.Local(t.Context(), key); !retable.Is(err, retable.NotFound) {
			t.Errorf("Local %s: %v", key, err)
		}
		if err := d.Delete(t.Context(), key); err != nil {
			t.Errorf("Delete %s: %v", key, err)
		}
	}
	for _, key := range []string{"out/new", "up/new"} {
		w, err := d.Create(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Commit(t.Context()); err == nil {
			t.Errorf("%s was written outside", key)
		}
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Import(t.Context(), key, file); err == nil {
			t.Errorf("%s was imported outside", key)
		}
	}
	if err := errors.Join(d.DeletePrefix(t.Context(), "out"), d.DeletePrefix(t.Context(), "folder")); err != nil {
		t.Error(err)
	}
	left, err := os.ReadDir(outside)
	if err != nil || len(left) != 1 {
		t.Errorf("outside there is %v (%v)", left, err)
	}
	var listed []string
	for info, err := range d.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, info.Key)
	}
	if !slices.Equal(listed, []string{"in/side"}) {
		t.Errorf("listed %q", listed)
	}
}

func TestAHashIsOnlyBelievedOfTheFileItWasTakenOf(t *testing.T) {
	t.Parallel()
	d := newDir(t, t.TempDir())
	file := func(key string) string { return filepath.Join(d.path, filepath.FromSlash(key)) }
	for name, spoil := range map[string]func(key string) error{
		"the hash is lost":     func(key string) error { return os.Remove(file(sumName(key))) },
		"the hash is empty":    func(key string) error { return os.WriteFile(file(sumName(key)), nil, 0o600) },
		"the hash is nonsense": func(key string) error { return os.WriteFile(file(sumName(key)), []byte("nonsense 1 2 3"), 0o600) },
		"the hash is another file's": func(key string) error {
			store(t, d, "other/x", "old!")
			return os.Rename(file(sumName("other/x")), file(sumName(key)))
		},
		"the blob was changed in place": func(key string) error {
			if err := os.WriteFile(file(key), []byte("new!"), 0o600); err != nil {
				return err
			}
			return os.Chtimes(file(key), time.Time{}, time.Now().Add(time.Second))
		},
	} {
		key := "k/" + strings.NewReplacer(" ", "_", "'", "").Replace(name)
		store(t, d, key, "old!")
		if err := spoil(key); err != nil {
			t.Fatal(err)
		}
		want := sum("old!")
		if strings.Contains(name, "changed") {
			want = sum("new!")
		}
		for range 2 { // computed, then remembered
			if info, err := d.Stat(t.Context(), key); err != nil || info.SHA256 != want {
				t.Errorf("%s: got %+v, %v", name, info, err)
			}
		}
		if kept, err := os.ReadFile(file(sumName(key))); err != nil || !strings.HasPrefix(string(kept), want) {
			t.Errorf("%s: %q is remembered (%v)", name, kept, err)
		}
	}
}

func TestReservedNamesBelongToOthers(t *testing.T) {
	t.Parallel()
	d := newDir(t, t.TempDir(), "retable.db", "backups")
	if err := os.MkdirAll(filepath.Join(d.path, "backups"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(d.path, "backups", "b"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := d.Create(t.Context(), "retable.db")
	if !retable.Is(err, retable.Invalid) || !retable.Is(d.DeletePrefix(t.Context(), "backups"), retable.Invalid) {
		t.Errorf("got %v", err)
	}
	for info, err := range d.List(t.Context(), "") {
		t.Errorf("listed %+v, %v", info, err)
	}
	for _, err := range d.List(t.Context(), "backups") {
		if !retable.Is(err, retable.Invalid) {
			t.Errorf("got %v", err)
		}
	}
}

func TestOnlyOldLeftoversAreSwept(t *testing.T) {
	t.Parallel()
	d := newDir(t, t.TempDir())
	if n, err := d.Sweep(t.Context(), time.Now()); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	for _, age := range []time.Duration{0, time.Hour} {
		f, name, err := d.temp()
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
		if err := d.root.Chtimes(name, time.Now(), time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := d.Sweep(t.Context(), time.Now().Add(-time.Minute)); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.Sweep(ctx, time.Now().Add(time.Hour)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestWhatAKilledDeletionLeavesIsPruned makes by hand what is there between the
// steps of Delete.
func TestWhatAKilledDeletionLeavesIsPruned(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := newDir(t, dir)
	store(t, d, "sessions/kept/1/a", "a")
	hash := filepath.Join(dir, "sessions", "gone", "1", ".a.sha256")
	for _, folder := range []string{"sessions/empty/1", "sessions/gone/1", "inbox"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(hash, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	left := func(before time.Duration) string {
		t.Helper()
		if err := d.Prune(t.Context(), "sessions/", time.Now().Add(before)); err != nil {
			t.Fatal(err)
		}
		entries, err := os.ReadDir(filepath.Join(dir, "sessions"))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return strings.Join(names, " ")
	}
	if got := left(-time.Hour); got != "gone kept" { // a young hash may be one of a blob that comes
		t.Errorf("after the first look there is %q", got)
	}
	if got := left(time.Hour); got != "kept" {
		t.Errorf("after the second look there is %q", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "inbox")); err != nil {
		t.Errorf("a folder that isn't ours: %v", err)
	}
	if _, err := d.root.Stat("sessions/kept/1/.a.sha256"); err != nil {
		t.Errorf("the hash of a blob that is there: %v", err)
	}
	for _, prefix := range []string{"", "../x", tempDir} {
		if err := d.Prune(t.Context(), prefix, time.Now()); err == nil {
			t.Errorf("%q is pruned", prefix)
		}
	}
	if err := d.Prune(t.Context(), "comparisons/", time.Now()); err != nil {
		t.Errorf("a folder that isn't there: %v", err)
	}
}

// TestHelperWritesUntilKilled is the other process of TestAKillLeavesWholeBlobs.
func TestHelperWritesUntilKilled(t *testing.T) {
	dir := os.Getenv("RET_TEST_BLOBS")
	if dir == "" {
		t.Skip("is started by TestAKillLeavesWholeBlobs")
	}
	d := newDir(t, dir)
	fmt.Println("ready")
	for i := 0; ; i++ {
		text := strings.Repeat(fmt.Sprintf("%d ", i), 1+i%3000)
		switch i % 4 {
		case 0:
			store(t, d, "one/key", text)
		case 1:
			store(t, d, fmt.Sprintf("many/%d/x", i%50), text)
		case 2:
			file := filepath.Join(t.TempDir(), "f")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := d.Import(t.Context(), "imported/key", file); err != nil {
				t.Fatal(err)
			}
		case 3:
			if err := d.DeletePrefix(t.Context(), fmt.Sprintf("many/%d", (i+7)%50)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestAKillLeavesWholeBlobs(t *testing.T) {
	t.Parallel()
	rounds := 12
	if testing.Short() {
		rounds = 3
	}
	dir := t.TempDir()
	for range rounds {
		cmd := exec.Command(os.Args[0], "-test.run=^TestHelperWritesUntilKilled$")
		cmd.Env = append(os.Environ(), "RET_TEST_BLOBS="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
			t.Fatalf("it said %q (%v)", line, err)
		}
		time.Sleep(time.Duration(rand.IntN(150)) * time.Millisecond) // any moment will do
		cmd.Process.Kill()
		cmd.Wait()

		d := newDir(t, dir)
		for info, err := range d.List(t.Context(), "") {
			if err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(info.Key)))
			if err != nil {
				t.Fatal(err)
			}
			words := strings.Fields(string(text))
			if len(words) == 0 || slices.ContainsFunc(words, func(w string) bool { return w != words[0] }) {
				t.Errorf("%s is a mixture", info.Key)
			}
			st, err := d.Stat(t.Context(), info.Key)
			if err != nil || st.SHA256 != sum(string(text)) {
				t.Errorf("%s has the hash %s (%v)", info.Key, st.SHA256, err)
			}
		}
		if _, err := d.Sweep(t.Context(), time.Now().Add(time.Hour)); err != nil {
			t.Error(err)
		}
		left, err := fs.ReadDir(d.root.FS(), tempDir)
		if err != nil || len(left) > 0 {
			t.Errorf("%d files are left (%v)", len(left), err)
		}
	}
}

// smallDisk mounts a disk of that size, or skips the test.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("a disk can't be mounted here (%v)", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return dir
}

func TestAFullDiskIsToldAndNothingIsLost(t *testing.T) {
	t.Parallel()
	d := newDir(t, smallDisk(t, "1m"))
	store(t, d, "k/old", "old")
	w, err := d.Create(t.Context(), "k/new")
	if err != nil {
		t.Fatal(err)
	}
	var full *retable.Error
	if _, err := w.Write(make([]byte, 2<<20)); !errors.As(err, &full) || full.Code != retable.Unavailable || full.Reason != "disk_full" {
		t.Errorf("got %v", err)
	}
	w.Abort()
	if n, err := d.Free(t.Context()); err != nil || n < 900_000 || n > 1<<20 {
		t.Errorf("%d bytes are free (%v)", n, err)
	}
	file := filepath.Join(t.TempDir(), "big")
	if err := os.WriteFile(file, make([]byte, 2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Import(t.Context(), "k/new", file); !errors.As(err, &full) || full.Reason != "disk_full" {
		t.Errorf("Import: %v", err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Error("a refused Import took the file")
	}
	if info, err := d.Stat(t.Context(), "k/old"); err != nil || info.SHA256 != sum("old") {
		t.Errorf("got %+v, %v", info, err)
	}
	if n, err := d.Sweep(t.Context(), time.Now().Add(time.Hour)); n != 0 || err != nil {
		t.Errorf("%d are left (%v)", n, err)
	}
}

func TestImportCopiesFromAnotherDisk(t *testing.T) {
	t.Parallel()
	d, other := newDir(t, t.TempDir()), smallDisk(t, "1m")
	file := filepath.Join(other, "f")
	if err := os.WriteFile(file, []byte("from afar"), 0o600); err != nil {
		t.Fatal(err)
	}
	info, err := d.Import(t.Context(), "i/i", file)
	if err != nil || info.SHA256 != sum("from afar") {
		t.Errorf("got %+v, %v", info, err)
	}
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file is still there (%v)", err)
	}
}

func TestAReadOnlyDiskIsTold(t *testing.T) {
	t.Parallel()
	dir := smallDisk(t, "1m")
	d := newDir(t, dir)
	store(t, d, "k/old", "old")
	if err := os.Remove(filepath.Join(dir, "k", ".old.sha256")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Skip(err)
	}
	var told *retable.Error
	for name, f := range map[string]func() error{
		"Create":       func() error { _, err := d.Create(t.Context(), "k/new"); return err },
		"Delete":       func() error { return d.Delete(t.Context(), "k/old") },
		"DeletePrefix": func() error { return d.DeletePrefix(t.Context(), "k") },
		"Health":       func() error { return d.Health(t.Context()) },
	} {
		if err := f(); !errors.As(err, &told) || told.Code != retable.Unavailable || told.Reason != "read_only" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if info, err := d.Stat(t.Context(), "k/old"); err != nil || info.SHA256 != sum("old") {
		t.Errorf("reading: %+v, %v", info, err)
	}
}

func TestErrorsOfTheDiskSayWhatHelps(t *testing.T) {
	t.Parallel()
	for err, reason := range map[error]string{
		syscall.ENOSPC: "disk_full", syscall.EDQUOT: "disk_full", syscall.EROFS: "read_only", syscall.EACCES: "no_permission", syscall.EIO: "",
	} {
		var e *retable.Error
		if !errors.As(diskError(&fs.PathError{Op: "write", Path: "/secret", Err: err}, "writing"), &e) || e.Reason != reason || strings.Contains(e.Detail, "/secret") {
			t.Errorf("%v: got %+v", err, e)
		}
	}
	if diskError(nil, "") != nil || diskError(context.Canceled, "") != context.Canceled {
		t.Error("what needs no words got some")
	}
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenDir(file); err == nil {
		t.Error("a file was opened as a directory")
	}
}
