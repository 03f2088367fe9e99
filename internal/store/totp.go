package store

import (
	"context"

	"retable/internal/retable"
)

func (t credentials) TOTP(ctx context.Context, userID string) (*retable.TOTPSecret, error) {
	return get(ctx, t.tx, retable.Missing("second factor of user", userID), func(row scanner) (s retable.TOTPSecret, err error) {
		err = row.Scan(&s.UserID, &s.Secret, &s.CreatedAt, &s.ConfirmedAt, &s.LastStep)
		return s, err
	}, "SELECT user_id, secret, created_at, confirmed_at, last_step FROM totp_secrets WHERE user_id = $1", userID)
}

// SetTOTP sets a user's secret, in place of the one before.
func (t credentials) SetTOTP(ctx context.Context, s *retable.TOTPSecret) error {
	_, err := t.try(ctx, nil, retable.Missing("user", s.UserID), `
		INSERT INTO totp_secrets (user_id, secret, created_at, confirmed_at, last_step) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at,
			confirmed_at = excluded.confirmed_at, last_step = excluded.last_step`,
		s.UserID, s.Secret, s.CreatedAt, s.ConfirmedAt, s.LastStep)
	return err
}

// DeleteTOTP removes a user's second factor with its recovery codes; of none
// it is done already.
func (t credentials) DeleteTOTP(ctx context.Context, userID string) error {
	if _, err := t.exec(ctx, "DELETE FROM recovery_codes WHERE user_id = $1", userID); err != nil {
		return err
	}
	_, err := t.exec(ctx, "DELETE FROM totp_secrets WHERE user_id = $1", userID)
	return err
}

func (t credentials) StepTOTP(ctx context.Context, userID string, step int64) error {
	n, err := t.exec(ctx, "UPDATE totp_secrets SET last_step = $1 WHERE user_id = $2 AND last_step < $1", step, userID)
	if err != nil || n > 0 {
		return err
	}
	if _, err := t.TOTP(ctx, userID); err != nil {
		return err
	}
	return retable.ErrStale
}

// SetRecoveryCodes replaces all codes of the user, used ones too.
func (t credentials) SetRecoveryCodes(ctx context.Context, userID string, hashes []string, at retable.Millis) error {
	if _, err := t.exec(ctx, "DELETE FROM recovery_codes WHERE user_id = $1", userID); err != nil {
		return err
	}
	for _, hash := range hashes {
		if err := t.insert(ctx, retable.ErrTaken, retable.Missing("user", userID), "recovery_codes",
			"user_id, code_hash, created_at, used_at", userID, hash, at, 0); err != nil {
			return err
		}
	}
	return nil
}

func (t credentials) UseRecoveryCode(ctx context.Context, userID, hash string, at retable.Millis) error {
	n, err := t.exec(ctx, "UPDATE recovery_codes SET used_at = $1 WHERE user_id = $2 AND code_hash = $3 AND used_at = 0", at, userID, hash)
	return changed(n, err, retable.Errorf(retable.NotFound, "That recovery code is not valid (any more)."))
}

func (t credentials) RecoveryCodesLeft(ctx context.Context, userID string) (n int, err error) {
	err = t.value(ctx, &n, "SELECT count(*) FROM recovery_codes WHERE user_id = $1 AND used_at = 0", userID)
	return n, err
}
