package archive_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"

	"retable/internal/archive"
)

// A bundle is opened, its entries are read one after another, and what was
// refused is told by name.
func ExampleOpenReader() {
	var data bytes.Buffer
	w := zip.NewWriter(&data)
	for _, name := range []string{"orders.xml", "../evil.xml", "photo.png"} {
		f, _ := w.Create(name)
		io.WriteString(f, "<orders/>")
	}
	w.Close()

	ctx := context.Background()
	bundle, err := archive.OpenReader(ctx, &data, "delivery.zip", archive.Options{Limits: archive.ServerLimits()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer bundle.Close()
	for _, e := range bundle.Entries() {
		r, err := e.Open(ctx)
		if err != nil {
			fmt.Println(err)
			continue
		}
		body, err := io.ReadAll(r)
		r.Close()
		fmt.Println(e.Path, string(body), err)
	}
	for _, r := range bundle.Refused() {
		fmt.Println(r)
	}
	for _, s := range bundle.Skipped() {
		fmt.Printf("%s: %s\n", s.Path, s.Reason)
	}
	// Output:
	// orders.xml <orders/> <nil>
	// entry "../evil.xml" climbs out of its folder by "..": pack again with paths relative to a folder
	// photo.png: a picture
}
