// Retable turns bundles of XML into tables, compares deliveries, and answers
// questions about them.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"retable/app/cli"
	"retable/app/rest"
	"retable/frontend"
	"retable/internal/config"
)

// version is stamped by the build.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C doesn't wait
	code := cli.Run(ctx, os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}, version, cli.Doors{Serve: serve})
	stop()
	os.Exit(code)
}

// serve opens the server's door.
func serve(ctx context.Context, cfg *config.Config, out io.Writer) error {
	front, err := frontend.Dist()
	if err != nil {
		return err
	}
	return rest.Serve(ctx, rest.ServeOptions{Config: cfg, Version: version, Front: front, Out: out})
}
