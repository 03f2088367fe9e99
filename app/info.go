package app

import (
	"context"

	"retable/internal/retable"
)

// LoginProvider is another way to log in.
type LoginProvider struct {
	Name  string `json:"name"`
	Label string `json:"label"`
	URL   string `json:"url"`
}

// Info is what everybody may know, logged in or not.
type Info struct {
	Version        string          `json:"version"`
	Door           string          `json:"door" enum:"server,desktop"`
	SetupRequired  bool            `json:"setup_required"`
	OIDC           []LoginProvider `json:"oidc"`
	PasswordReset  bool            `json:"password_reset"`
	MaxUploadBytes int64           `json:"max_upload_bytes"`
	PasswordMin    int             `json:"password_min"` // characters that a password must have
	Formats        []FormatInfo    `json:"formats"`
	Reports        []FormatInfo    `json:"reports"`
}

// Info says what this service is.
func (s *Service) Info(ctx context.Context, _ None) (*Info, error) {
	out := &Info{Version: s.cfg.Version, Door: "server", OIDC: []LoginProvider{}, PasswordReset: true, MaxUploadBytes: s.cfg.MaxUpload, PasswordMin: s.cfg.PasswordMin, Formats: s.files.Formats(), Reports: s.files.ReportKinds()}
	if s.cfg.Door == "desktop" {
		out.Door, out.PasswordReset = "desktop", false
		return out, nil
	}
	if p := s.cfg.OIDC; p.Name != "" {
		out.OIDC = append(out.OIDC, p)
	}
	err := s.store.View(ctx, func(tx retable.Tx) error {
		n, err := tx.Users().Count(ctx)
		out.SetupRequired = n == 0
		return err
	})
	return out, err
}
