package app

import (
	"context"
	"encoding/json"

	"retable/internal/retable"
)

// Settings are those that can be changed while the program runs. What the
// environment or a file says, they go before: who changes them here means it.
type Settings struct {
	DataRoot            string           `json:"data_root"`
	RetentionDays       int              `json:"retention_days"` // 0: for ever
	DefaultQuota        QuotaDTO         `json:"default_quota"`
	RemoteModelsAllowed bool             `json:"remote_models_allowed"`
	FormulaGuard        bool             `json:"formula_guard"`
	Model               ProviderSettings `json:"model"`
	NotifyDesktop       bool             `json:"notify_desktop"`
}

// QuotaDTO bounds what a user may keep; 0 is no limit.
type QuotaDTO struct {
	MaxBytes    int64 `json:"max_bytes" minimum:"0"`
	MaxSessions int64 `json:"max_sessions" minimum:"0"`
}

// ProviderSettings say which model is used. A key is never sent back.
type ProviderSettings struct {
	Provider   string `json:"provider"` // none, ollama, openai, azure
	BaseURL    string `json:"base_url"`
	ChatModel  string `json:"chat_model"`
	EmbedModel string `json:"embed_model"`
	APIVersion string `json:"api_version"`
	HasKey     bool   `json:"has_key"`
}

// UpdateSettingsRequest changes some of them; what is absent stays.
type UpdateSettingsRequest struct {
	RetentionDays       *int      `json:"retention_days,omitempty" minimum:"0" maximum:"36500"`
	DefaultQuota        *QuotaDTO `json:"default_quota,omitempty"`
	RemoteModelsAllowed *bool     `json:"remote_models_allowed,omitempty"`
	FormulaGuard        *bool     `json:"formula_guard,omitempty"`
	NotifyDesktop       *bool     `json:"notify_desktop,omitempty"`
	Model               *struct {
		Provider   string  `json:"provider" enum:"none,ollama,openai,azure"`
		BaseURL    string  `json:"base_url"`
		ChatModel  string  `json:"chat_model"`
		EmbedModel string  `json:"embed_model"`
		APIVersion string  `json:"api_version"`
		Key        *string `json:"key,omitempty"`
	} `json:"model,omitempty"`
}

// settingsKey is where they stand in the settings table.
const settingsKey = "settings"

// GetSettings returns the settings in force.
func (s *Service) GetSettings(ctx context.Context, _ None) (*Settings, error) {
	if _, err := s.settler(ctx); err != nil {
		return nil, err
	}
	return s.settings(ctx)
}

// settler is who may see and change the settings: an administrator, or the
// person at this machine.
func (s *Service) settler(ctx context.Context) (*retable.Principal, error) {
	p, err := s.who(ctx, retable.ScopeAdmin)
	if err == nil && !p.Local && !p.IsAdmin() {
		return nil, &retable.Error{Code: retable.Forbidden, Detail: "Settings are for administrators."}
	}
	return p, err
}

// settings are the defaults of the process with what was changed here.
func (s *Service) settings(ctx context.Context) (*Settings, error) {
	out := s.cfg.Defaults
	out.DataRoot = s.cfg.DataRoot
	err := s.store.View(ctx, func(tx retable.Tx) error {
		raw, err := tx.Settings().Get(ctx, settingsKey)
		if err != nil {
			return ignoreMissing(err)
		}
		if err := json.Unmarshal(raw, &out); err != nil {
			return retable.Fault(err, "reading the settings")
		}
		return nil
	})
	return &out, err
}

// UpdateSettings changes settings. A key of a model provider goes to the
// keyring, and is neither stored here nor written to the log.
func (s *Service) UpdateSettings(ctx context.Context, req UpdateSettingsRequest) (*Settings, error) {
	if _, err := s.settler(ctx); err != nil {
		return nil, err
	}
	now, err := s.settings(ctx)
	if err != nil {
		return nil, err
	}
	set(&now.RetentionDays, req.RetentionDays)
	set(&now.DefaultQuota, req.DefaultQuota)
	set(&now.RemoteModelsAllowed, req.RemoteModelsAllowed)
	set(&now.FormulaGuard, req.FormulaGuard)
	set(&now.NotifyDesktop, req.NotifyDesktop)
	if m := req.Model; m != nil {
		now.Model.Provider, now.Model.BaseURL, now.Model.ChatModel, now.Model.EmbedModel, now.Model.APIVersion = m.Provider, m.BaseURL, m.ChatModel, m.EmbedModel, m.APIVersion
		if m.Key != nil {
			if err := s.cfg.KeepKey(m.Provider, *m.Key); err != nil {
				return nil, err
			}
			now.Model.HasKey = *m.Key != ""
		}
	}
	raw, err := encoded(now)
	if err != nil {
		return nil, err
	}
	err = s.store.Update(ctx, func(tx retable.Tx) error {
		if err := tx.Settings().Set(ctx, settingsKey, raw, s.clock.Now()); err != nil {
			return err
		}
		return s.audit(ctx, tx, "settings.update", "", nil)
	})
	if err != nil {
		return nil, err
	}
	if s.cfg.Changed != nil {
		if err := s.cfg.Changed(ctx, now); err != nil {
			return nil, err
		}
	}
	return now, nil
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}
