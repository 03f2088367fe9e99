package app

import (
	"context"
	"encoding/base64"
	"errors"

	"retable/internal/auth"
	"retable/internal/retable"
)

// PasswordProof is the caller's password, asked for again before they change
// how they log in; empty for accounts without one that logged in just now.
type PasswordProof struct {
	Password string `json:"password" maxLength:"1024"`
}

// TOTPEnrolment is a second factor to be confirmed.
type TOTPEnrolment struct {
	Secret string `json:"secret"` // for typing
	URL    string `json:"url"`    // otpauth://
	QR     string `json:"qr"`     // data:image/png;base64,...
}

// EnrolTOTP makes a second factor for the caller. It is in force when a code
// has confirmed it.
func (a *Accounts) EnrolTOTP(ctx context.Context, req PasswordProof) (*TOTPEnrolment, error) {
	p, err := a.asPerson(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.reauthenticate(ctx, p, "totp.enrol", req.Password); err != nil {
		return nil, err
	}
	e, err := a.totp.Enrol(p.UserID, p.Username)
	if err != nil {
		return nil, retable.Fault(err, "making a second factor")
	}
	err = a.update(ctx, func(tx retable.Tx) error {
		on, err := hasTOTP(ctx, tx, p.UserID)
		if err != nil {
			return err
		}
		if on {
			return &retable.Error{Code: retable.Conflict, Reason: "totp_enabled", Detail: "A second factor is in force; turn it off first."}
		}
		return tx.Credentials().SetTOTP(ctx, &retable.TOTPSecret{UserID: p.UserID, Secret: e.Sealed, CreatedAt: a.clock.Now()})
	})
	if err != nil {
		return nil, err
	}
	return &TOTPEnrolment{Secret: e.Secret, URL: e.URL, QR: "data:image/png;base64," + base64.StdEncoding.EncodeToString(e.PNG)}, nil
}

// hasTOTP tells whether a second factor is in force.
func hasTOTP(ctx context.Context, tx retable.Tx, userID string) (bool, error) {
	s, err := tx.Credentials().TOTP(ctx, userID)
	if retable.Is(err, retable.NotFound) {
		return false, nil
	}
	return err == nil && s.ConfirmedAt != 0, err
}

// CodeRequest is a code of the authenticator app.
type CodeRequest struct {
	Code string `json:"code" maxLength:"20"`
}

// RecoveryCodes are shown this once.
type RecoveryCodes struct {
	Codes []string `json:"recovery_codes"`
}

// ConfirmTOTP puts the second factor in force and gives the recovery codes.
func (a *Accounts) ConfirmTOTP(ctx context.Context, req CodeRequest) (*RecoveryCodes, error) {
	p, err := a.asPerson(ctx)
	if err != nil {
		return nil, err
	}
	t, err := a.begin(ctx, p.Username) // codes are guessed no more often than passwords
	if err != nil {
		return nil, err
	}
	defer t.done()
	var codes []string
	var u *retable.User
	err = a.update(ctx, func(tx retable.Tx) error {
		if u, err = tx.Users().Get(ctx, p.UserID); err != nil {
			return err
		}
		s, err := tx.Credentials().TOTP(ctx, p.UserID)
		switch {
		case retable.Is(err, retable.NotFound):
			return &retable.Error{Code: retable.Conflict, Reason: "totp_not_enrolled", Detail: "There is no second factor to confirm; begin with making one."}
		case err != nil:
			return err
		case s.ConfirmedAt != 0:
			return &retable.Error{Code: retable.Conflict, Reason: "totp_enabled", Detail: "The second factor is in force already."}
		}
		if err := a.useCode(ctx, tx, s, req.Code); err != nil {
			return err
		}
		step, err := tx.Credentials().TOTP(ctx, p.UserID) // with the step that was used
		if err != nil {
			return err
		}
		step.ConfirmedAt = a.clock.Now()
		if err := tx.Credentials().SetTOTP(ctx, step); err != nil {
			return err
		}
		if codes, err = a.setRecoveryCodes(ctx, tx, p.UserID); err != nil {
			return err
		}
		return a.record(ctx, tx, "totp.enable", auditOK, u, nil)
	})
	if errors.Is(err, errFactor) {
		return nil, t.fail(ctx, "totp.enable", errFactor)
	}
	if err != nil {
		return nil, err
	}
	a.warn(ctx, u, "totp_enabled", "A second factor is in force", "From now on logging in to Retable asks for a code of your authenticator app.")
	return &RecoveryCodes{codes}, nil
}

// useCode checks a code and uses up its time step: of two at once one succeeds.
func (a *Accounts) useCode(ctx context.Context, tx retable.Tx, s *retable.TOTPSecret, code string) error {
	step, right, err := a.totp.Check(s.Secret, s.UserID, code, s.LastStep)
	switch {
	case err != nil:
		return retable.Fault(err, "checking the second factor")
	case !right:
		return errFactor
	}
	if err := tx.Credentials().StepTOTP(ctx, s.UserID, step); errors.Is(err, retable.ErrStale) {
		return errFactor
	} else if err != nil {
		return err
	}
	return nil
}

func (a *Accounts) setRecoveryCodes(ctx context.Context, tx retable.Tx, userID string) ([]string, error) {
	codes := auth.NewRecoveryCodes()
	hashes := make([]string, len(codes))
	for i, c := range codes {
		hashes[i] = a.keys.Hash(auth.ForRecovery, recoverySecret(userID, c))
	}
	return codes, tx.Credentials().SetRecoveryCodes(ctx, userID, hashes, a.clock.Now())
}

// recoverySecret ties a code to its user.
func recoverySecret(userID, code string) string { return userID + " " + auth.NormalRecoveryCode(code) }

// useRecoveryCode uses up a recovery code.
func (a *Accounts) useRecoveryCode(ctx context.Context, tx retable.Tx, userID, code string) error {
	for _, hash := range a.keys.Hashes(auth.ForRecovery, recoverySecret(userID, code)) {
		err := tx.Credentials().UseRecoveryCode(ctx, userID, hash, a.clock.Now())
		if !retable.Is(err, retable.NotFound) {
			return err
		}
	}
	return errFactor
}

// DisableTOTP turns the caller's second factor off.
func (a *Accounts) DisableTOTP(ctx context.Context, req PasswordProof) (*Success, error) {
	p, err := a.asPerson(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.reauthenticate(ctx, p, "totp.disable", req.Password); err != nil {
		return nil, err
	}
	return a.dropTOTP(ctx, p.UserID, "totp.disable")
}

// ResetTOTP turns a user's second factor off, for those who lost it.
func (a *Accounts) ResetTOTP(ctx context.Context, req UserRef) (*Success, error) {
	if _, err := a.asAdmin(ctx); err != nil {
		return nil, err
	}
	return a.dropTOTP(ctx, req.UserID, "user.reset_totp")
}

func (a *Accounts) dropTOTP(ctx context.Context, userID, action string) (*Success, error) {
	var u *retable.User
	err := a.update(ctx, func(tx retable.Tx) (err error) {
		if u, err = account(ctx, tx, userID); err != nil {
			return err
		}
		if err := tx.Credentials().DeleteTOTP(ctx, userID); err != nil {
			return err
		}
		return a.record(ctx, tx, action, auditOK, u, nil)
	})
	if err != nil {
		return nil, err
	}
	a.warn(ctx, u, "totp_disabled", "Your second factor was turned off", "Logging in to Retable no longer asks for a code. If it wasn't you, tell an administrator.")
	return done(), nil
}

// NewRecoveryCodes replaces the caller's recovery codes.
func (a *Accounts) NewRecoveryCodes(ctx context.Context, req PasswordProof) (*RecoveryCodes, error) {
	p, err := a.asPerson(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.reauthenticate(ctx, p, "totp.recovery_codes", req.Password); err != nil {
		return nil, err
	}
	var codes []string
	err = a.update(ctx, func(tx retable.Tx) error {
		u, err := tx.Users().Get(ctx, p.UserID)
		if err != nil {
			return err
		}
		on, err := hasTOTP(ctx, tx, p.UserID)
		if err != nil {
			return err
		}
		if !on {
			return &retable.Error{Code: retable.Conflict, Reason: "totp_not_enabled", Detail: "There is no second factor in force that codes could stand in for."}
		}
		if codes, err = a.setRecoveryCodes(ctx, tx, p.UserID); err != nil {
			return err
		}
		return a.record(ctx, tx, "totp.recovery_codes", auditOK, u, nil)
	})
	if err != nil {
		return nil, err
	}
	return &RecoveryCodes{codes}, nil
}
