package archive

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestLimitSets(t *testing.T) {
	s := ServerLimits()
	if s.Entries != 2000 || s.EntryBytes != 100e6 || s.TotalBytes != 1e9 || s.Ratio != 200 || s.Nesting != 1 || s.Time != 120*time.Second {
		t.Errorf("server limits: got %+v", s)
	}
	l := LocalLimits()
	if l.Entries != 1e6 || l.EntryBytes != 64e9 || l.TotalBytes != 1e12 || l.Ratio != 1000 || l.RatioAfter != 10e6 || l.Time != 0 {
		t.Errorf("local limits: got %+v", l)
	}
	if got := (Options{}).withDefaults(); got.Limits != l {
		t.Errorf("zero options: got %+v, want local limits", got)
	}
}

func TestReadingEndsExactlyAtTheLimit(t *testing.T) {
	body := strings.Repeat("x", 10_000)
	for _, c := range []struct {
		claim  string
		limits Limits
		fits   bool
	}{
		{"an entry of exactly the limit is read", Limits{EntryBytes: 10_000}, true},
		{"one byte more is refused", Limits{EntryBytes: 9_999}, false},
		{"a bundle of exactly the limit is read", Limits{TotalBytes: 10_000}, true},
		{"one byte more in all is refused", Limits{TotalBytes: 9_999}, false},
	} {
		t.Run(c.claim, func(t *testing.T) {
			b := mustOpen(t, gzipOf([]byte(body)), "a.xml.gz", Options{Limits: c.limits})
			for range 3 { // again is the same
				got, err := readEntry(b.Entries()[0])
				if c.fits && (err != nil || string(got) != body) {
					t.Fatalf("got %d bytes, %v", len(got), err)
				}
				if !c.fits && (err == nil || len(got) != 9_999) {
					t.Fatalf("got %d bytes and %v, want 9999 good ones and a refusal", len(got), err)
				}
			}
			if want := map[bool]int{true: 0, false: 1}[c.fits]; len(b.Refused()) != want {
				t.Errorf("got %v refused, want %d", b.Refused(), want)
			}
		})
	}
}

func TestHeadersAreNotBelieved(t *testing.T) {
	// Declares 10 bytes, holds a megabyte.
	packed := deflateOf(bytes.Repeat([]byte{' '}, megabyte))
	data := makeZip(t, file{name: "liar.xml", body: string(packed), raw: true, change: func(h *zip.FileHeader) {
		h.Method, h.UncompressedSize64 = zip.Deflate, 10
	}}, xmlFile("good.xml"))
	b := mustOpen(t, data, "b.zip", Options{Limits: ServerLimits()})
	got, err := readEntry(b.Entries()[1])
	wantCode(t, err, CodeSize)
	if len(got) != 10 {
		t.Errorf("got %d bytes, want the 10 declared", len(got))
	}
	wantRefused(t, b, "liar.xml WRONG_SIZE")
}

func TestRereadingDoesNotCountTwice(t *testing.T) {
	body := strings.Repeat("x", 10_000)
	b := mustOpen(t, makeZip(t, file{name: "a.xml", body: body}, file{name: "b.xml", body: body, method: zip.Deflate}), "b.zip",
		Options{Limits: Limits{TotalBytes: 20_000}})
	for range 5 {
		for _, e := range b.Entries() {
			if _, err := readEntry(e); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := b.total.Load(); got != 20_000 {
		t.Errorf("got %d bytes counted, want 20000", got)
	}
}

func TestDeclaredSizesDecideWhichEntriesFit(t *testing.T) {
	var files []file
	for _, name := range []string{"d.xml", "c.xml", "b.xml", "a.xml"} {
		files = append(files, file{name: name, body: strings.Repeat("x", 400)})
	}
	files = append(files, file{name: "huge.xml", body: strings.Repeat("x", 5000)})
	b := mustOpen(t, makeZip(t, files...), "b.zip", Options{Limits: Limits{TotalBytes: 1000, EntryBytes: 4000}})
	wantPaths(t, b, "a.xml", "b.xml")
	wantRefused(t, b, "c.xml BUNDLE_TOO_LARGE", "d.xml BUNDLE_TOO_LARGE", "huge.xml ENTRY_TOO_LARGE")
}

func TestRatioCountsWhatWasConsumed(t *testing.T) {
	bomb := bytes.Repeat([]byte{' '}, 20*megabyte) // about 1000 to 1
	honest := bytes.Repeat([]byte(sample+"\n"), 100)
	data := makeZip(t, file{name: "bomb.xml", body: string(bomb), method: zip.Deflate}, file{name: "fine.xml", body: string(honest), method: zip.Deflate})
	b := mustOpen(t, data, "b.zip", Options{Limits: ServerLimits()})
	got, err := readEntry(b.Entries()[0])
	wantCode(t, err, CodeRatio)
	if len(got) < megabyte || len(got) > 2*megabyte {
		t.Errorf("got %d bytes before the refusal, want just over the first megabyte", len(got))
	}
	if got, err := readEntry(b.Entries()[1]); err != nil || !bytes.Equal(got, honest) {
		t.Errorf("a small file that packs well: got %d bytes, %v", len(got), err)
	}
	wantRefused(t, b, "bomb.xml RATIO_TOO_HIGH")
}

func TestTimeLimitIsSharedAndStopsEmptyBlocks(t *testing.T) {
	// A deflate stream of empty blocks gives nothing, however long one reads.
	empty := bytes.Repeat([]byte{0, 0, 0, 0xff, 0xff}, 100_000)
	data := makeZip(t, file{name: "empty.xml", body: string(empty), raw: true, change: func(h *zip.FileHeader) { h.Method = zip.Deflate }}, xmlFile("good.xml"))
	now := time.Unix(0, 0)
	opts := Options{Limits: Limits{Time: time.Second}, Now: func() time.Time { now = now.Add(100 * time.Millisecond); return now }}
	b := mustOpen(t, data, "b.zip", opts)
	_, err := readEntry(b.Entries()[0])
	wantCode(t, err, CodeTime)
	_, err = readEntry(b.Entries()[1])
	wantCode(t, err, CodeTime)
	wantRefused(t, b, "empty.xml TIME_EXCEEDED", "good.xml TIME_EXCEEDED")
}

func TestTimeLimitHoldsWithoutAClock(t *testing.T) {
	b := mustOpen(t, makeZip(t, xmlFile("a.xml")), "b.zip", Options{Limits: Limits{Time: time.Nanosecond}})
	for b.life.Err() == nil {
		time.Sleep(time.Millisecond)
	}
	_, err := readEntry(b.Entries()[0])
	wantCode(t, err, CodeTime)
}

func TestContextEndsReading(t *testing.T) {
	cause := errors.New("the user left")
	ctx, cancel := context.WithCancelCause(t.Context())
	data := makeZip(t, file{name: "a.xml", body: string(makeNoise(megabyte)), method: zip.Deflate})
	b := mustOpen(t, data, "b.zip", Options{})
	r, err := b.Entries()[0].Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := io.CopyN(io.Discard, r, 1000); err != nil {
		t.Fatal(err)
	}
	cancel(cause)
	if _, err := io.Copy(io.Discard, r); !errors.Is(err, cause) {
		t.Errorf("Read: got %v, want ctx's cause", err)
	}
	if _, err := b.Entries()[0].Open(ctx); !errors.Is(err, cause) {
		t.Errorf("Entry.Open: got %v, want ctx's cause", err)
	}
	if _, err := OpenReader(ctx, bytes.NewReader(data), "b.zip", Options{}); !errors.Is(err, cause) {
		t.Errorf("OpenReader: got %v, want ctx's cause", err)
	}
	wantRefused(t, b)
}

func TestConcurrentReaders(t *testing.T) {
	var files []file
	want := map[string]string{}
	for i := range 40 {
		name := string(rune('a'+i%26)) + strings.Repeat("z", i/26) + ".xml"
		body := sample + string(makeNoise(i*3000))
		files = append(files, file{name: name, body: body, method: []uint16{zip.Store, zip.Deflate}[i%2]})
		want[name] = body
	}
	inner := makeZip(t, files...)
	b := mustOpen(t, makeZip(t, file{name: "in.zip", body: string(inner), method: zip.Deflate}, xmlFile("top.xml")), "b.zip",
		Options{Limits: Limits{TotalBytes: int64(len(inner)) + 40*130_000, Time: time.Hour}, Scratch: t.TempDir()})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, e := range b.Entries() {
				got, err := readEntry(e)
				if err != nil || e.Path != "top.xml" && string(got) != want[strings.TrimPrefix(e.Path, "in.zip/")] {
					t.Errorf("%s: got %d bytes, %v", e.Path, len(got), err)
				}
			}
		})
	}
	wg.Wait()
	if got, want := b.Consumed(), 8*b.Size(); got != want {
		t.Errorf("consumed: got %d, want %d", got, want)
	}
}

func TestArchiveTowerEnds(t *testing.T) {
	data := makeZip(t, xmlFile("a.xml"))
	for range maxNesting + 5 {
		data = makeZip(t, file{name: "x.zip", body: string(data)}, xmlFile("a.xml"))
	}
	b := mustOpen(t, data, "tower.zip", Options{Limits: Limits{Entries: 100}}) // Nesting 0: no limit of the caller's
	if got := len(b.Entries()); got != maxNesting+1 {
		t.Errorf("got %d entries, want %d", got, maxNesting+1)
	}
	if r := b.Refused(); len(r) != 1 || r[0].Code != CodeNesting {
		t.Errorf("refused: got %v", r)
	}
}

func TestNestedArchivesShareTheLimits(t *testing.T) {
	inner := makeZip(t, xmlFile("1.xml"), xmlFile("2.xml"), xmlFile("3.xml"))
	data := makeZip(t, xmlFile("a.xml"), file{name: "in.zip", body: string(inner), method: zip.Deflate}, xmlFile("z.xml"))
	b := mustOpen(t, data, "b.zip", Options{Limits: Limits{Entries: 5}})
	wantPaths(t, b, "a.xml", "z.xml")
	wantRefused(t, b, "in.zip TOO_MANY_ENTRIES")

	b = mustOpen(t, data, "b.zip", Options{Limits: Limits{Entries: 6}})
	wantPaths(t, b, "a.xml", "in.zip/1.xml", "in.zip/2.xml", "in.zip/3.xml", "z.xml")

	zeros := makeZip(t, file{name: "a.xml", body: string(makeNoise(megabyte)), method: zip.Deflate})
	data = makeZip(t, file{name: "in.zip", body: string(zeros), method: zip.Deflate}, xmlFile("z.xml"))
	b = mustOpen(t, data, "b.zip", Options{Limits: Limits{TotalBytes: 100_000}})
	wantPaths(t, b, "z.xml")
	wantRefused(t, b, "in.zip BUNDLE_TOO_LARGE")
}

func TestCloseIsHarmlessTwice(t *testing.T) {
	b := mustOpen(t, makeZip(t, xmlFile("a.xml")), "b.zip", Options{})
	r, err := b.Entries()[0].Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n, err := r.Read(nil); n != 0 || err != nil {
		t.Errorf("Read(nil): got %d, %v", n, err)
	}
	if err := errors.Join(r.Close(), r.Close(), b.Close(), b.Close()); err != nil {
		t.Error(err)
	}
	if _, err := r.Read(make([]byte, 1)); err == nil {
		t.Error("Read after Close: got no error")
	}
	if _, err := b.Entries()[0].Open(t.Context()); err == nil {
		t.Error("Open after Close: got no error")
	}
}

func TestWarnings(t *testing.T) {
	b := mustOpen(t, makeZip(t, xmlFile("Data.xml"), xmlFile("data.XML"), xmlFile("caf\u00e9.xml"), xmlFile("cafe\u0301.xml"), xmlFile("STRASSE.xml"), xmlFile("straße.xml")), "b.zip", Options{})
	if len(b.Entries()) != 6 {
		t.Errorf("got %q, want all six kept", paths(b))
	}
	var got []string
	for _, w := range b.Warnings() {
		got = append(got, w.Path+" "+string(w.Code))
	}
	want := []string{"café.xml SAME_NAME_BUT_UNICODE_FORM", "data.XML SAME_NAME_BUT_CASE", "straße.xml SAME_NAME_BUT_CASE"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
