// Command embedder turns the embedding model as its npm package has it into
// the file that the build tag embedder builds in. build/embedder.sh runs it.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"retable/internal/embed"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: embedder FOLDER-OF-THE-MODEL FILE")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "embedder:", err)
		os.Exit(1)
	}
}

// run converts the model in dir and puts it at path, whole or not at all.
func run(dir, path string) error {
	model, err := embed.Convert(dir)
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := model.Write(&file); err != nil {
		return err
	}
	if _, err := embed.Read(file.Bytes()); err != nil {
		return fmt.Errorf("what was made can't be read: %w", err)
	}
	temp := filepath.Join(filepath.Dir(path), ".embedder.tmp")
	defer os.Remove(temp)
	if err := os.WriteFile(temp, file.Bytes(), 0o644); err != nil {
		return err
	}
	return os.Rename(temp, path)
}
