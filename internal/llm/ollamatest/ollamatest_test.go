package ollamatest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/ollama/ollama/api"
)

func TestGGUFIsLaidOutAsTheFormatSays(t *testing.T) {
	t.Parallel()
	var g gguf
	g.set("a", "text")
	g.set("b", 7)
	g.add("t", []float32{1, 2, 3}, 3)
	g.add("u", []float32{4}, 1)
	file := g.bytes()
	if !bytes.HasPrefix(file, []byte("GGUF\x03\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00")) {
		t.Errorf("head: % x", file[:24])
	}
	if len(file)%alignment != 0 {
		t.Errorf("%d bytes", len(file))
	}
	tensors := file[len(file)-2*alignment:]
	if got := binary.LittleEndian.Uint32(tensors[4:]); got != 0x40000000 { // 2.0
		t.Errorf("the first tensor: % x", tensors)
	}
	if got := binary.LittleEndian.Uint32(tensors[alignment:]); got != 0x40800000 { // 4.0
		t.Errorf("the second tensor isn't aligned: % x", tensors)
	}
}

func TestMistakesInModelsPanic(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func(){
		"a token twice":                 func() { ChatModel(map[rune]Answer{'1': {Pieces: []string{"ab", "ab"}}}) },
		"dimensions that don't fit":     func() { new(gguf).add("t", []float32{1}, 2) },
		"a value of an unknown type":    func() { new(gguf).set("k", int64(1)) },
		"a word that is a char's token": func() { EmbedModel(1, "a") },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			make()
		})
	}
}

func TestModelsAreTheSameEachTime(t *testing.T) {
	t.Parallel()
	script := map[rune]Answer{DefaultKey: {Pieces: []string{"yes "}}, '1': {Pieces: []string{"one ", "two "}, Loop: true}}
	if !bytes.Equal(ChatModel(script), ChatModel(script)) || !bytes.Equal(EmbedModel(1, "word"), EmbedModel(1, "word")) {
		t.Error("two makings differ")
	}
	if bytes.Equal(EmbedModel(1), EmbedModel(2)) {
		t.Error("another seed makes the same weights")
	}
}

func TestServerRunsAndEnds(t *testing.T) {
	t.Parallel()
	s := Start(t)
	if err := s.Create(t.Context(), "m", EmbedModel(1), "", nil); err != nil {
		t.Fatal(err)
	}
	list, err := s.Client.List(t.Context())
	if err != nil || len(list.Models) != 1 || list.Models[0].Name != "m:latest" {
		t.Errorf("got %+v, %v", list, err)
	}
	if _, err := s.Client.Embed(t.Context(), &api.EmbedRequest{Model: "m", Input: "x"}); err != nil {
		t.Error(err)
	}
	if err := s.Create(t.Context(), "n", []byte("no GGUF"), "", nil); err == nil {
		t.Error("a model of nonsense was created")
	}
	if s.output.String() == "" {
		t.Error("nothing of what the server said was kept")
	}
	s.Kill()
	s.Kill()
	if err := s.Client.Heartbeat(t.Context()); err == nil {
		t.Error("it answers after its end")
	}
	if err := s.Create(t.Context(), "m", EmbedModel(1), "", nil); err == nil {
		t.Error("a server that is gone creates models")
	}
}

func TestMissingBinaryIsTold(t *testing.T) {
	t.Setenv("RET_CACHE", t.TempDir())
	if _, err := Launch(t.Context(), t.TempDir()); !errors.Is(err, ErrMissing) {
		t.Errorf("got %v", err)
	}
	t.Setenv("RET_CACHE", "")
	dir := t.TempDir()
	t.Chdir(dir)
	if _, err := find(); !errors.Is(err, ErrMissing) {
		t.Errorf("outside of a module: got %v", err)
	}
	binary := filepath.Join(dir, ".cache", "bin", "ollama")
	inner := filepath.Join(dir, "a", "b")
	for _, d := range []string{filepath.Dir(binary), inner} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{binary, filepath.Join(dir, "go.mod")} {
		if err := os.WriteFile(file, []byte("#!/bin/sh\necho no server >&2; exit 3\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(inner)
	if _, err := Launch(t.Context(), dir); err == nil || errors.Is(err, ErrMissing) || !bytes.Contains([]byte(err.Error()), []byte("no server")) {
		t.Errorf("a server that ends at once: %v", err)
	}
}

func TestMissingServerSkipsOrFails(t *testing.T) {
	t.Setenv("CI", "")
	if !t.Run("skipped", func(t *testing.T) {
		defer func() {
			if !t.Skipped() {
				t.Error("it isn't skipped")
			}
		}()
		Need(t, ErrMissing)
	}) {
		t.Error("it failed")
	}
	t.Setenv("CI", "true")
	probe := &failing{TB: t}
	Need(probe, ErrMissing)
	if probe.fatal == 0 {
		t.Error("in CI it must fail")
	}
	Need(probe, nil)
	Need(probe, errors.New("other"))
	if probe.fatal != 2 {
		t.Errorf("%d failures", probe.fatal)
	}
}

// failing counts failures in place of failing.
type failing struct {
	testing.TB
	fatal int
}

func (f *failing) Fatal(...any) { f.fatal++ }
