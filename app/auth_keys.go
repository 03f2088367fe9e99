package app

import (
	"context"

	"retable/internal/auth"
	"retable/internal/retable"
)

// Key is a key of the installation without its secret.
type Key struct {
	ID        string `json:"id"`
	Use       string `json:"use" enum:"signing,sealing"`
	Algorithm string `json:"algorithm,omitempty"`
	CreatedAt string `json:"created_at,omitempty"`
	Current   bool   `json:"current"`
}

func keyOf(k auth.KeyInfo) Key {
	return Key{ID: k.ID, Use: string(k.Use), Algorithm: k.Algorithm, CreatedAt: k.CreatedAt.String(), Current: k.Current}
}

// ListKeys gives the keys, of each use the current one first.
func (a *Accounts) ListKeys(ctx context.Context, _ None) (*List[Key], error) {
	if _, err := a.asAdmin(ctx); err != nil {
		return nil, err
	}
	l := &List[Key]{Items: []Key{}}
	for _, k := range a.keys.Keys() {
		l.Items = append(l.Items, keyOf(k))
	}
	l.Total = int64(len(l.Items))
	return l, nil
}

// RotateKeysRequest says which keys to make anew.
type RotateKeysRequest struct {
	Algorithm string `json:"algorithm,omitempty" enum:"HS256,EdDSA,RS256"` // of the signing key; HS256 if empty
	Sealing   bool   `json:"sealing,omitempty"`                            // the key that seals and hashes, too
}

// RotateKeys makes a fresh signing key, and a fresh sealing key if asked; the
// old ones stay good until they are retired. Second factors are sealed anew.
// Where the keys come from settings none is made: what an old one has sealed is
// sealed by the first of RET_SEAL_KEY, so that the old one can go.
func (a *Accounts) RotateKeys(ctx context.Context, req RotateKeysRequest) (*List[Key], error) {
	if _, err := a.asAdmin(ctx); err != nil {
		return nil, err
	}
	if !a.keys.Own() && req == (RotateKeysRequest{}) {
		return a.resealAll(ctx)
	}
	if _, err := a.keys.Rotate(auth.Signing, req.Algorithm); err != nil {
		return nil, keyFault(err)
	}
	if req.Sealing {
		if _, err := a.keys.Rotate(auth.Sealing, ""); err != nil {
			return nil, keyFault(err)
		}
	}
	if err := a.reseal(ctx); err != nil {
		return nil, err
	}
	if err := a.update(ctx, func(tx retable.Tx) error {
		return a.record(ctx, tx, "keys.rotate", auditOK, nil, map[string]any{"sealing": req.Sealing})
	}); err != nil {
		return nil, err
	}
	return a.ListKeys(ctx, None{})
}

// resealAll seals by the current key what an old one has sealed.
func (a *Accounts) resealAll(ctx context.Context) (*List[Key], error) {
	if err := a.reseal(ctx); err != nil {
		return nil, err
	}
	if err := a.update(ctx, func(tx retable.Tx) error {
		return a.record(ctx, tx, "keys.reseal", auditOK, nil, nil)
	}); err != nil {
		return nil, err
	}
	return a.ListKeys(ctx, None{})
}

func keyFault(err error) error {
	if code := retable.CodeOf(err); code != retable.Internal {
		return err
	}
	return retable.Fault(err, "keeping the keys")
}

// reseal seals all second factors by the present key.
func (a *Accounts) reseal(ctx context.Context) error {
	page := retable.Page{Limit: 100}
	for {
		var next string
		err := a.update(ctx, func(tx retable.Tx) error {
			users, err := tx.Users().List(ctx, retable.UserFilter{}, page)
			if err != nil {
				return err
			}
			next = users.Next
			for i := range users.Items {
				if err := a.resealUser(ctx, tx, users.Items[i].ID); err != nil {
					return err
				}
			}
			return nil
		})
		if page.Cursor = next; err != nil || next == "" {
			return err
		}
	}
}

func (a *Accounts) resealUser(ctx context.Context, tx retable.Tx, userID string) error {
	s, err := tx.Credentials().TOTP(ctx, userID)
	if retable.Is(err, retable.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	fresh, changed, err := a.totp.Reseal(s.Secret, userID)
	if err != nil {
		a.log.ErrorContext(ctx, "a second factor can't be read; its user needs a new one", "user_id", userID, "err", err)
		return nil
	}
	if !changed {
		return nil
	}
	s.Secret = fresh
	return tx.Credentials().SetTOTP(ctx, s)
}

// KeyRef names a key.
type KeyRef struct {
	ID string `json:"id"`
}

// RetireKey removes a key that isn't current. After a signing key its access
// tokens end, which refreshing makes good. After a sealing key also refresh
// tokens, personal access tokens, links and recovery codes that it hashed.
func (a *Accounts) RetireKey(ctx context.Context, req KeyRef) (*List[Key], error) {
	if _, err := a.asAdmin(ctx); err != nil {
		return nil, err
	}
	if err := a.reseal(ctx); err != nil {
		return nil, err
	}
	if err := a.keys.Retire(req.ID); err != nil {
		return nil, keyFault(err)
	}
	if err := a.update(ctx, func(tx retable.Tx) error {
		return a.record(ctx, tx, "keys.retire", auditOK, nil, map[string]any{"key": req.ID})
	}); err != nil {
		return nil, err
	}
	return a.ListKeys(ctx, None{})
}
