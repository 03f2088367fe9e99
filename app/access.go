package app

import (
	"context"
	"encoding/json"

	"retable/internal/retable"
)

// who returns the caller if they may act in the scope.
func (s *Service) who(ctx context.Context, scope retable.Scope) (*retable.Principal, error) {
	p, err := retable.PrincipalFrom(ctx)
	if err != nil {
		return nil, err
	}
	if !p.Has(scope) {
		return nil, retable.Errorf(retable.Forbidden, "This access token is not good for %q: make one with that scope.", string(scope))
	}
	return p, nil
}

// ops returns the caller if they may see to the operation.
func (s *Service) ops(ctx context.Context) (*retable.Principal, error) {
	p, err := s.who(ctx, retable.ScopeAdmin)
	if err != nil {
		return nil, err
	}
	if !p.IsOps() {
		return nil, &retable.Error{Code: retable.Forbidden, Detail: "This is for operators and administrators."}
	}
	return p, nil
}

// admin returns the caller if they are an administrator.
func (s *Service) admin(ctx context.Context) (*retable.Principal, error) {
	p, err := s.who(ctx, retable.ScopeAdmin)
	if err != nil {
		return nil, err
	}
	if !p.IsAdmin() {
		return nil, &retable.Error{Code: retable.Forbidden, Detail: "This is for administrators."}
	}
	return p, nil
}

// may checks that the caller may see, or change, what belongs to the owner or
// is shared. What one may not see doesn't exist.
func may(ctx context.Context, tx retable.Tx, p *retable.Principal, r retable.Resource, id, owner string, write bool) error {
	if owner == p.UserID || p.IsAdmin() {
		return nil
	}
	read, canWrite, err := tx.Sharing().Access(ctx, r, id, p.UserID)
	switch {
	case err != nil:
		return err
	case !read:
		return retable.Missing(string(r), id)
	case write && !canWrite:
		return retable.Errorf(retable.Forbidden, "This %s is shared with you to look at; ask its owner for the right to change it.", string(r))
	}
	return nil
}

// session reads a session that the caller may see, or change.
func session(ctx context.Context, tx retable.Tx, p *retable.Principal, id string, write bool) (*retable.Session, error) {
	if !retable.ValidID(id) {
		return nil, retable.Missing("session", id)
	}
	x, err := tx.Sessions().Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := may(ctx, tx, p, retable.ResourceSession, id, x.OwnerID, write); err != nil {
		return nil, err
	}
	return x, nil
}

// audit writes down what the caller did, in the transaction in which it is done.
func (s *Service) audit(ctx context.Context, tx retable.Tx, action, target string, detail any) error {
	e := &retable.AuditEntry{At: s.clock.Now(), Action: action, Target: target, Outcome: "ok", CorrelationID: retable.CorrelationFrom(ctx)}
	if p, err := retable.PrincipalFrom(ctx); err == nil {
		e.ActorID, e.Actor, e.Addr = p.UserID, p.Username, p.Addr
	}
	if detail != nil {
		raw, err := json.Marshal(detail)
		if err != nil {
			return retable.Fault(err, "writing the audit log")
		}
		e.Detail = raw
	}
	return tx.Audit().Append(ctx, e)
}

// visible is the user whose view a list is restricted to: "" for those who may
// see everybody's and ask for it.
func visible(p *retable.Principal, all bool) string {
	if all && p.IsOps() {
		return ""
	}
	return p.UserID
}
