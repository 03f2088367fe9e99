package index

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"retable/internal/table"
	"retable/internal/tabledb"
)

// dump lists everything that a set holds: the text of each chunk by its id, and
// fails the test where full text and blocks don't agree.
func dump(t testing.TB, dir string, db *tabledb.DB) map[string]string {
	t.Helper()
	s, err := Open(context.Background(), dir, db, OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Release()
	out := map[string]string{}
	numbers, err := s.numbers(context.Background(), "SELECT id FROM words_docsize ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range numbers {
		p, err := s.locate(context.Background(), n)
		if err != nil {
			t.Fatal(err)
		}
		text, _, _, err := s.textOf(context.Background(), &p)
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := out[p.id.String()]; twice || p.id == (chunkID{}) {
			t.Fatalf("chunk %s is there twice, or is none: %s", p.id, text)
		}
		out[p.id.String()] = text
	}
	if m := s.Manifest(); int64(len(out)) != m.Chunks+m.Cards {
		t.Fatalf("got %d chunks in the full text, %d and %d in the manifest", len(out), m.Chunks, m.Cards)
	}
	return out
}

func TestIndexingTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	db := shop(t)
	src := Source{Session: "s", Revision: "r1", Tables: db, Changes: []Change{{Comparison: "c"}}}
	dir := built(t, src)
	read := func(dir string) ([]byte, os.FileInfo) {
		b, err := os.ReadFile(filepath.Join(dir, wordsFile))
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(filepath.Join(dir, wordsFile))
		if err != nil {
			t.Fatal(err)
		}
		return b, info
	}
	words, info := read(dir)
	t.Run("the same revision in the same place is left alone", func(t *testing.T) {
		if _, err := Build(t.Context(), dir, src, BuildOptions{Progress: func(Progress) { t.Error("it works anew") }}); err != nil {
			t.Fatal(err)
		}
		if again, now := read(dir); !bytes.Equal(again, words) || !now.ModTime().Equal(info.ModTime()) {
			t.Error("the file was written")
		}
	})
	t.Run("the same content as another revision has the same chunks in the same places", func(t *testing.T) {
		src := src
		src.Revision = "r2"
		other := filepath.Join(t.TempDir(), "set")
		if _, err := Build(t.Context(), other, src, BuildOptions{Base: dir}); err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(dump(t, other, db), dump(t, dir, db)) {
			t.Error("the chunks differ")
		}
		if again, _ := read(other); len(again) != len(words) {
			t.Errorf("got %d bytes, want %d", len(again), len(words))
		}
	})
	t.Run("another revision in the same place is refused", func(t *testing.T) {
		src := src
		src.Revision = "r3"
		if _, err := Build(t.Context(), dir, src, BuildOptions{}); err == nil || !strings.Contains(err.Error(), `holds the index of revision "r1"`) {
			t.Errorf("got %v", err)
		}
	})
}

// drawn draws a data set: few values, so that rows repeat.
func drawn(t *rapid.T, name string) ([]string, content) {
	files := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a.xml", "b.xml", "c.xml", "d.xml"}), 1, 4, rapid.ID).Draw(t, name+" files")
	slices.Sort(files)
	c := content{name: "T", columns: []string{"@id", "name", "text"}}
	if rapid.Bool().Draw(t, name+" wide") {
		for i := range partColumns + 3 {
			c.columns = append(c.columns, fmt.Sprintf("c%d", i))
		}
	}
	for f := range files {
		for range rapid.SampledFrom([]int{0, 1, 3, blockRows, blockRows + 2}).Draw(t, name+" rows") {
			row := []string{fmt.Sprintf("K%d", len(c.rows)), rapid.SampledFrom([]string{"Oslo", "Rome", null}).Draw(t, "name"), "x"}
			for len(row) < len(c.columns) {
				row = append(row, null)
			}
			if len(row) > 3 && len(c.rows)%3 == 0 {
				row[len(row)-1] = "tail"
			}
			c.rows, c.files = append(c.rows, row), append(c.files, f)
		}
	}
	return files, c
}

// TestReindexingIsASetDifference: an index made on the base of any other
// revision holds what one made from nothing holds, and only what is new or
// gone was touched.
func TestReindexingIsASetDifference(t *testing.T) {
	t.Parallel()
	checks := 0
	rapid.Check(t, func(rt *rapid.T) {
		if checks++; checks > 40 || checks > 10 && testing.Short() {
			return
		}
		dir := t.TempDir()
		var did Progress
		make := func(name, base string) (string, *tabledb.DB, map[string]string) {
			files, c := drawn(rt, name)
			db := tables(t, files, c)
			set := filepath.Join(dir, name)
			opts := BuildOptions{Base: base, Progress: func(p Progress) { did = p }}
			if _, err := Build(t.Context(), set, Source{Session: "s", Revision: name, Tables: db}, opts); err != nil {
				rt.Fatal(err)
			}
			return set, db, dump(t, set, db)
		}
		first, _, old := make("first", "")
		second, db, got := make("second", first)
		if added, removed := missing(got, old), missing(old, got); did.Added != added || did.Removed != removed {
			rt.Fatalf("added %d and removed %d, want %d and %d", did.Added, did.Removed, added, removed)
		}
		fresh := filepath.Join(dir, "fresh")
		if _, err := Build(t.Context(), fresh, Source{Session: "s", Revision: "second", Tables: db}, BuildOptions{}); err != nil {
			rt.Fatal(err)
		}
		if want := dump(t, fresh, db); !maps.Equal(got, want) {
			rt.Fatalf("got %d chunks, want %d", len(got), len(want))
		}
		for id, text := range got {
			if was, both := old[id]; both && was != text {
				rt.Fatalf("%s was %q and is %q", id, was, text)
			}
		}
		for _, q := range []string{"Oslo", "K1", "tail", "K25"} {
			if a, b := ids(t, second, db, q), ids(t, fresh, db, q); !slices.Equal(a, b) {
				rt.Fatalf("%s: got %v, want %v", q, a, b)
			}
		}
	})
}

// missing counts the chunks of a that b lacks.
func missing(a, b map[string]string) (n int64) {
	for id := range a {
		if _, ok := b[id]; !ok {
			n++
		}
	}
	return n
}

// ids lists what the full text finds for a word, whatever its order.
func ids(t testing.TB, dir string, db *tabledb.DB, word string) []string {
	t.Helper()
	s, err := Open(context.Background(), dir, db, OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Release()
	numbers, err := s.numbers(context.Background(), "SELECT rowid FROM words WHERE words MATCH ?", quote(word))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, n := range numbers {
		p, err := s.locate(context.Background(), n)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p.id.String())
	}
	slices.Sort(out)
	return out
}

func TestAFileThatComesLeavesTheOthersAlone(t *testing.T) {
	t.Parallel()
	rows := func(prefix string, n int) (rows [][]string) {
		for i := range n {
			rows = append(rows, []string{fmt.Sprintf("%s-%d", prefix, i), "some words here"})
		}
		return rows
	}
	files := func(n ...int) (files []int) {
		for f, count := range n {
			files = append(files, slices.Repeat([]int{f}, count)...)
		}
		return files
	}
	columns := []string{"id", "text"}
	before := tables(t, []string{"b.xml"}, content{name: "T", columns: columns, rows: rows("B", 600), files: files(600)})
	after := tables(t, []string{"a.xml", "b.xml"}, content{name: "T", columns: columns, rows: append(rows("A", 300), rows("B", 600)...), files: files(300, 600)})
	base := built(t, Source{Session: "s", Revision: "1", Tables: before})
	dir := filepath.Join(t.TempDir(), "set")
	if _, err := Build(t.Context(), dir, Source{Session: "s", Revision: "2", Tables: after}, BuildOptions{Base: base}); err != nil {
		t.Fatal(err)
	}
	old, now := dump(t, base, before), dump(t, dir, after)
	kept := 0
	for id := range old {
		if _, ok := now[id]; ok {
			kept++
		}
	}
	if kept < 600 {
		t.Errorf("got %d chunks of 600 rows kept", kept)
	}
}

func TestIDsDependOnEverything(t *testing.T) {
	t.Parallel()
	h := sha256.New()
	text := sha256.Sum256([]byte("text"))
	place := func(file string, occurrence int, ordinal int64, part int) []byte {
		return rowPlace(nil, file, occurrence, ordinal, part)
	}
	all := map[chunkID]string{}
	for name, id := range map[string]chunkID{
		"all":            identify(h, "s", "t", place("f", 0, 0, 0), text),
		"session":        identify(h, "s2", "t", place("f", 0, 0, 0), text),
		"table":          identify(h, "s", "t2", place("f", 0, 0, 0), text),
		"file":           identify(h, "s", "t", place("f2", 0, 0, 0), text),
		"occurrence":     identify(h, "s", "t", place("f", 1, 0, 0), text),
		"row":            identify(h, "s", "t", place("f", 0, 1, 0), text),
		"part":           identify(h, "s", "t", place("f", 0, 0, 1), text),
		"text":           identify(h, "s", "t", place("f", 0, 0, 0), sha256.Sum256(nil)),
		"moved boundary": identify(h, "st", "", place("f", 0, 0, 0), text),
		"other boundary": identify(h, "", "st", place("f", 0, 0, 0), text),
	} {
		if other, twice := all[id]; twice {
			t.Errorf("%s and %s have the same id", name, other)
		}
		all[id] = name
	}
	// An id is for ever: it stands in answers that were given.
	if got := identify(h, "s", "t", place("f", 0, 0, 0), text).String()[:16]; got != "e5cda88935014dc5" {
		t.Errorf("got %s", got)
	}
}

// big is a data set that takes a while: rows in three files.
func big(t testing.TB, rows int) *tabledb.DB {
	c := content{name: "Order", columns: []string{"OrderID", "Name", "Note"}}
	for i := range rows {
		c.rows = append(c.rows, []string{fmt.Sprintf("ORD-%06d", i), fmt.Sprintf("name%d town%d", i%100, i%7), "some words that stand in every row"})
		c.files = append(c.files, i*3/rows)
	}
	return tables(t, []string{"1.xml", "2.xml", "3.xml"}, c)
}

func TestCancelledBuildGoesOn(t *testing.T) {
	t.Parallel()
	db := big(t, 2000)
	src := Source{Session: "s", Revision: "r", Tables: db}
	dir := filepath.Join(t.TempDir(), "set")
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Build(ctx, dir, src, BuildOptions{Progress: func(p Progress) {
		if p.Done >= 1000 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if _, err := ReadManifest(dir); !errors.Is(err, ErrNoIndex) {
		t.Errorf("after the cancel: got %v", err)
	}
	if _, err := Build(t.Context(), dir, src, BuildOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := dump(t, dir, db); len(got) != 2001 {
		t.Errorf("got %d chunks, want 2000 rows and a card", len(got))
	}
}

func TestTwoBuildsOfOneSetAreRefused(t *testing.T) {
	t.Parallel()
	db := shop(t)
	src := Source{Session: "s", Revision: "r", Tables: db}
	dir := filepath.Join(t.TempDir(), "set")
	asked := false
	_, err := Build(t.Context(), dir, src, BuildOptions{Progress: func(Progress) {
		if asked {
			return
		}
		asked = true
		if _, err := Build(t.Context(), dir, src, BuildOptions{}); !errors.Is(err, ErrBuilding) {
			t.Errorf("got %v", err)
		}
	}})
	if err != nil || !asked {
		t.Errorf("got %v, asked %v", err, asked)
	}
}

// killedEnv tells the test binary that it is the one to be killed: where the
// tables are, and where the set goes.
const killedEnv = "RET_TEST_INDEX_KILLED"

// TestKilledChild is no test of its own: it builds, slowly enough to be
// killed, and says how far it is.
func TestKilledChild(t *testing.T) {
	from, dir, ok := strings.Cut(os.Getenv(killedEnv), "|")
	if !ok {
		t.Skip("it is run by TestKilledBuildGoesOn")
	}
	db, err := tabledb.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ReadManifest(dir); err == nil {
		done := 0
		e := &topics{name: "topics", before: func() {
			fmt.Println("at vectors", done)
			done += embedBatch
			time.Sleep(5 * time.Millisecond)
		}}
		if _, err := Embed(context.Background(), dir, db, EmbedOptions{Embedder: e}); err != nil {
			t.Fatal(err)
		}
		return
	}
	_, err = Build(context.Background(), dir, Source{Session: "s", Revision: "r", Tables: db}, BuildOptions{batch: 1000, Progress: func(p Progress) {
		fmt.Println("at", p.Stage, p.Done)
		time.Sleep(5 * time.Millisecond) // so that the kill comes in time
	}})
	if err != nil {
		t.Fatal(err)
	}
}

func TestKilledBuildGoesOn(t *testing.T) {
	t.Parallel()
	const rows = 8000
	db := big(t, rows)
	dir := filepath.Join(t.TempDir(), "set")
	for _, far := range []int{rows / 2, rows * 9 / 10} {
		killAt(t, db.Path(), dir, "rows", far)
		if _, err := os.Stat(dir); err == nil {
			t.Fatal("the set was there before the kill")
		}
		work, err := openWork(filepath.Join(dir+".part", wordsFile), "")
		if err != nil {
			t.Fatal(err)
		}
		var kept int
		err = work.QueryRow("SELECT count(*) FROM blocks").Scan(&kept)
		if err := errors.Join(err, work.Close()); err != nil || kept*blockRows < far-2000 {
			t.Fatalf("got %d blocks of the %d rows that were done, %v", kept, far, err)
		}
	}
	if _, err := Build(t.Context(), dir, Source{Session: "s", Revision: "r", Tables: db}, BuildOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := dump(t, dir, db); len(got) != rows+1 {
		t.Errorf("got %d chunks, want %d rows and a card", len(got), rows)
	}
	s := opened(t, dir, db, OpenOptions{})
	if got, err := s.numbers(t.Context(), "SELECT count(*) FROM words WHERE words MATCH 'every'"); err != nil || got[0] != rows+1 {
		t.Errorf("got %v, %v", got, err)
	}
}

// TestKilledEmbedGoesOn: what was embedded before a kill isn't embedded again,
// nothing stands twice, and until it is done words answer.
func TestKilledEmbedGoesOn(t *testing.T) {
	t.Parallel()
	const rows = 3000
	c := content{name: "Note", columns: []string{"id", "remark"}}
	for i := range rows {
		c.rows = append(c.rows, []string{fmt.Sprintf("N-%05d", i), fmt.Sprintf("remark number %d of the customers' complaints", i)})
	}
	db := tables(t, []string{"notes.xml"}, c)
	dir := built(t, Source{Session: "s", Revision: "r", Tables: db})
	whole := built(t, Source{Session: "s", Revision: "r", Tables: db})
	want, err := Embed(t.Context(), whole, db, EmbedOptions{Embedder: &topics{name: "topics"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, far := range []int{rows / 4, rows / 4} { // the second begins where the first ended
		killAt(t, db.Path(), dir, "vectors", far)
		if m, err := ReadManifest(dir); err != nil || m.Vectors != nil {
			t.Fatalf("got %+v, %v before the work was done", m, err)
		}
	}
	if r := find(t, opened(t, dir, db, OpenOptions{Embedder: &topics{name: "topics"}}), Query{Text: "complaints"}); len(r.Hits) == 0 || r.Dense {
		t.Errorf("got %d hits, by meaning %v", len(r.Hits), r.Dense)
	}
	e := &topics{name: "topics"}
	got, err := Embed(t.Context(), dir, db, EmbedOptions{Embedder: e})
	if err != nil {
		t.Fatal(err)
	}
	if got.Vectors.Vectors != want.Vectors.Vectors || got.Vectors.Passages != want.Vectors.Passages {
		t.Errorf("got %d vectors in %d places, without a kill there are %d in %d", got.Vectors.Vectors, got.Vectors.Passages, want.Vectors.Vectors, want.Vectors.Passages)
	}
	if most := rows/2 + 4*embedBatch; e.asked > most {
		t.Errorf("%d texts were embedded after the kills, expected %d at most", e.asked, most)
	}
}

// killAt works in a process of its own and kills it when it has come far.
func killAt(t *testing.T, from, dir, stage string, far int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledChild$", "-test.v")
	cmd.Env = append(os.Environ(), killedEnv+"="+from+"|"+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := 0
	lines := bufio.NewScanner(out)
	for done < far && lines.Scan() {
		// Whatever else the child says is none of ours.
		_, _ = fmt.Sscanf(lines.Text(), "at "+stage+" %d", &done)
	}
	if done < far {
		t.Fatalf("the child ended at %d, before it was killed: %v", done, lines.Err())
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the child ended by itself")
	}
}

func TestOldAndDamagedSetsAreNamed(t *testing.T) {
	t.Parallel()
	db := shop(t)
	src := Source{Session: "s", Revision: "r", Tables: db}
	tests := []struct {
		name   string
		damage func(dir string) error
		want   error
		text   string
	}{
		{"no manifest", func(dir string) error { return os.Remove(filepath.Join(dir, manifestFile)) }, ErrNoIndex, "there is no index in"},
		{"another format", edit(`"format": 1`, `"format": 0`), ErrFormat, "its format is 0, this version reads 1: make the index again"},
		{"a manifest that is none", edit(`{`, `[`), ErrDamaged, manifestFile},
		{"a file outside the set", edit(`"words.sqlite"`, `"../words.sqlite"`), ErrDamaged, "names a file"},
		{"full text is missing", func(dir string) error { return os.Remove(filepath.Join(dir, wordsFile)) }, ErrDamaged, "words.sqlite is missing"},
		{"full text is cut", func(dir string) error { return os.Truncate(filepath.Join(dir, wordsFile), 100) }, ErrDamaged, "has 100 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := built(t, src)
			if err := tt.damage(dir); err != nil {
				t.Fatal(err)
			}
			_, err := Open(t.Context(), dir, db, OpenOptions{})
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %v", err)
			}
			_, err = Build(t.Context(), dir, src, BuildOptions{})
			if tt.want == ErrNoIndex {
				if err == nil || !strings.Contains(err.Error(), "holds something else than an index") {
					t.Errorf("build in its place: got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatalf("build in its place: %v", err)
			}
			dump(t, dir, db)
		})
	}
	dir := built(t, src)
	if _, err := Open(t.Context(), dir, db, OpenOptions{Revision: "other"}); !errors.Is(err, ErrRevision) {
		t.Errorf("got %v", err)
	}
	// Other tables than it was made of.
	other := tables(t, nil, content{name: "Other", columns: []string{"a"}, rows: [][]string{{"b"}}})
	s := opened(t, dir, other, OpenOptions{})
	if _, err := s.Search(t.Context(), Query{Text: "Oslo"}); !errors.Is(err, ErrRevision) {
		t.Errorf("got %v", err)
	}
}

// edit replaces a text in the manifest.
func edit(old, with string) func(string) error {
	return func(dir string) error {
		path := filepath.Join(dir, manifestFile)
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !bytes.Contains(b, []byte(old)) {
			return fmt.Errorf("%s holds no %s", path, old)
		}
		return os.WriteFile(path, bytes.Replace(b, []byte(old), []byte(with), 1), 0o600)
	}
}

func TestPack(t *testing.T) {
	t.Parallel()
	db := shop(t)
	dir := built(t, Source{Session: "s", Revision: "r", Tables: db})
	if _, err := Embed(t.Context(), dir, db, EmbedOptions{Embedder: &topics{name: "topics"}}); err != nil {
		t.Fatal(err)
	}
	var stream bytes.Buffer
	if err := Pack(t.Context(), dir, &stream); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "set")
	m, err := Unpack(t.Context(), bytes.NewReader(stream.Bytes()), to)
	if err != nil || m.Vectors == nil {
		t.Fatalf("got %+v, %v", m, err)
	}
	if !maps.Equal(dump(t, to, db), dump(t, dir, db)) {
		t.Error("the chunks differ")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Pack(ended, dir, &bytes.Buffer{}); !errors.Is(err, context.Canceled) {
		t.Errorf("ended: got %v", err)
	}
	for name, damage := range map[string]func([]byte) []byte{
		"nothing":       func([]byte) []byte { return nil },
		"no tar":        func([]byte) []byte { return bytes.Repeat([]byte("x"), 2000) },
		"cut":           func(b []byte) []byte { return b[:len(b)/2] },
		"a changed bit": func(b []byte) []byte { b[len(b)/2] ^= 1; return b },
		"more":          func(b []byte) []byte { return append(b[:len(b)-1024:len(b)-1024], b...) },
	} {
		t.Run(name, func(t *testing.T) {
			to := filepath.Join(t.TempDir(), "set")
			if _, err := Unpack(t.Context(), bytes.NewReader(damage(bytes.Clone(stream.Bytes()))), to); err == nil {
				t.Error("it was taken")
			}
			left, err := os.ReadDir(filepath.Dir(to))
			if err != nil || len(left) != 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

func TestShapes(t *testing.T) {
	t.Parallel()
	of := func(c table.Column) use { return usesOf(&c) }
	tests := []struct {
		name string
		c    table.Column
		want use
	}{
		{"an integer is a number", column("n", table.Integer, "1", "2"), useNumber},
		{"an integer that is called an id is a code", column("customerId", table.Integer, "1", "2"), useCode},
		{"a date", column("d", table.Date, "2024-05-01"), useNumber},
		{"a boolean says nothing", column("b", table.Boolean, "true"), useNothing},
		{"no values", column("x", table.Text, null), useNothing},
		{"single words with digits are codes", column("x", table.Text, "A-1", "B-2"), useCode},
		{"names are text", column("x", table.Text, "Oslo", "Rome"), useText},
		{"sentences are prose", column("x", table.Text, "it was late again", "never paid a bill"), useProse},
		{"no statistics, so it may be prose", table.Column{Name: "x", Type: table.Text}, useProse},
		{"XML is prose", table.Column{Name: "x", Type: table.Text, Form: table.XML}, useProse},
		{"a list of names is text", table.Column{Name: "x", Form: table.List, Stats: column("x", table.Text, `["a"]`).Stats}, useText},
		{"own columns say nothing", table.Column{Name: "_id", Type: table.Integer, Role: table.Bookkeeping}, useNothing},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := of(tt.c); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

func TestSpelling(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ f, in, want string }{
		{"spelled", "customerId", "customer Id"},
		{"spelled", "Customer/@id", "Customer id"},
		{"spelled", "line2", "line 2"},
		{"spelled", "ISBN", "ISBN"},
		{"spelled", "größe_in_cm", "größe in cm"},
		{"spelled", "", ""},
		{"searchable", "plain words", "plain words"},
		{"searchable", "北京市", " 北京  京市 "},
		{"searchable", "a京b", "a 京 b"},
		{"untagged", "<p>one <b>two</b></p>", " one  two  "},
		{"untagged", "1 < 2", "1   2"},
	} {
		got := map[string]func(string) string{"spelled": spelled, "searchable": searchable, "untagged": untagged}[tt.f](tt.in)
		if got != tt.want {
			t.Errorf("%s(%q): got %q, want %q", tt.f, tt.in, got, tt.want)
		}
	}
}
