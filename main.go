// Retable turns bundles of XML into tables, compares deliveries, and answers
// questions about them.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"retable/app/cli"
	"retable/app/desktop"
	"retable/app/mcp"
	"retable/app/rest"
	"retable/frontend"
	"retable/internal/config"
)

// version is stamped by the build.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C doesn't wait
	args := os.Args[1:]
	var code int
	if desktop.Opens(args, cli.Knows) {
		code = window(ctx, args)
	} else {
		code = cli.Run(ctx, args, cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}, version, cli.Doors{Serve: serve, MCP: speak})
	}
	stop()
	os.Exit(code)
}

// window opens the desktop's door.
func window(ctx context.Context, args []string) int {
	front, err := frontend.Dist()
	if err == nil {
		err = desktop.Open(ctx, desktop.Options{Version: version, Front: front, Args: args}, os.Environ(), os.Stderr)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "retable:", err)
		return cli.ExitFailed
	}
	return cli.ExitDone
}

// serve opens the server's door.
func serve(ctx context.Context, cfg *config.Config, out io.Writer) error {
	front, err := frontend.Dist()
	if err != nil {
		return err
	}
	return rest.Serve(ctx, rest.ServeOptions{Config: cfg, Version: version, Front: front, Out: out, MCP: mcp.Handler})
}

// speak opens the door for other programs' models.
func speak(ctx context.Context, c cli.MCPCall) error {
	return mcp.Serve(ctx, c.From, c.In, c.Out, mcp.Options{Log: c.Log, Work: c.Work})
}
