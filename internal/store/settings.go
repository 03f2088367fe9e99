package store

import (
	"context"
	"encoding/json"

	"retable/internal/retable"
)

type settings struct{ *tx }

func (t settings) Get(ctx context.Context, key string) (json.RawMessage, error) {
	value, err := get(ctx, t.tx, retable.Missing("setting", key), func(row scanner) (value json.RawMessage, err error) {
		err = row.Scan(raw(&value))
		return value, err
	}, "SELECT value FROM settings WHERE setting_key = $1", key)
	if err != nil {
		return nil, err
	}
	return *value, nil
}

func (t settings) Set(ctx context.Context, key string, value json.RawMessage, at retable.Millis) error {
	if !json.Valid(value) {
		return retable.Errorf(retable.Unprocessable, "The value of setting %q is not valid JSON.", key)
	}
	_, err := t.exec(ctx, `INSERT INTO settings (setting_key, value, updated_at) VALUES ($1, $2, $3)
		ON CONFLICT (setting_key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`, key, value, at)
	return err
}

func (t settings) All(ctx context.Context) (map[string]json.RawMessage, error) {
	all := map[string]json.RawMessage{}
	err := t.rows(ctx, func(row scanner) error {
		var key string
		var value json.RawMessage
		if err := row.Scan(&key, raw(&value)); err != nil {
			return err
		}
		all[key] = value
		return nil
	}, "SELECT setting_key, value FROM settings")
	return all, err
}
