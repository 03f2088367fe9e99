// Command sample writes the two sample deliveries into a folder, each with
// what is true of it as JSON: delivery-1.zip, delivery-1.json and so on.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"retable/internal/sample"
)

func main() {
	var opts sample.Options
	flag.Uint64Var(&opts.Seed, "seed", 1, "what the data is drawn from")
	flag.IntVar(&opts.Customers, "customers", 0, "number of customers, which sizes the rest; 0 for the default")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: sample [-seed n] [-customers n] folder")
		os.Exit(2)
	}
	if err := run(flag.Arg(0), opts); err != nil {
		fmt.Fprintln(os.Stderr, "sample:", err)
		os.Exit(2)
	}
}

// run writes both deliveries into dir, which it makes.
func run(dir string, opts sample.Options) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for delivery := 1; delivery <= 2; delivery++ {
		if err := write(filepath.Join(dir, fmt.Sprintf("delivery-%d", delivery)), opts, delivery); err != nil {
			return err
		}
	}
	return nil
}

// write writes one delivery to base.zip and base.json.
func write(base string, opts sample.Options, delivery int) error {
	f, err := os.Create(base + ".zip")
	if err != nil {
		return err
	}
	truth, err := sample.Write(f, opts, delivery)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(truth, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(base+".json", append(text, '\n'), 0o644)
}
