package cli

import (
	"context"
	"io"

	"retable/internal/config"
)

// Doors are the other doors of the program, which open by commands as well.
type Doors struct {
	// Serve runs the server until ctx ends.
	Serve func(ctx context.Context, cfg *config.Config, out io.Writer) error
	// MCP speaks with another program's model until it leaves or ctx ends.
	MCP func(ctx context.Context, call MCPCall) error
}

// serveCmd runs the team server.
type serveCmd struct{ settingsFlags }

func (s *serveCmd) Run(c *call) error {
	cfg, err := s.load(true)
	if err != nil {
		return err
	}
	return c.doors.Serve(c.ctx, cfg, c.Out)
}
