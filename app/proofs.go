package app

import (
	"context"
	"encoding/json"

	"retable/internal/retable"
	"retable/internal/tabledb"
	"retable/internal/xmltable"
)

// SessionProof shows that a session's tables hold every value of its documents.
type SessionProof struct {
	Holds      bool              `json:"holds"`
	Values     uint64            `json:"values"`
	Accounted  uint64            `json:"accounted"`
	Incomplete uint64            `json:"incomplete"`
	Excluded   uint64            `json:"excluded"`
	Kinds      []*xmltable.Proof `json:"kinds"`
}

// GetProof returns the completeness proof.
func (s *Service) GetProof(ctx context.Context, req SessionRef) (*SessionProof, error) {
	out := &SessionProof{Holds: true, Kinds: []*xmltable.Proof{}}
	err := s.withDB(ctx, req.SessionID, func(db *tabledb.DB, _ *retable.Artifact) error {
		proofs, err := db.Proofs(ctx)
		if err != nil {
			return explained(ctx, err, "reading the proof")
		}
		for _, p := range proofs {
			raw, ok := p.Report.(json.RawMessage)
			if !ok {
				continue
			}
			kinds, err := proofsOf(raw)
			if err != nil {
				return retable.Fault(err, "reading the proof")
			}
			out.Kinds = append(out.Kinds, kinds...)
		}
		return nil
	})
	for _, k := range out.Kinds {
		out.Holds = out.Holds && k.Holds()
		out.Values += k.Values
		out.Accounted += k.Accounted
		out.Incomplete += k.Incomplete
		out.Excluded += k.Excluded
	}
	return out, err
}

// proofsOf reads one proof, or a list.
func proofsOf(raw json.RawMessage) ([]*xmltable.Proof, error) {
	var list []*xmltable.Proof
	if len(raw) > 0 && raw[0] == '[' {
		err := json.Unmarshal(raw, &list)
		return list, err
	}
	var one xmltable.Proof
	if err := json.Unmarshal(raw, &one); err != nil {
		return nil, err
	}
	return []*xmltable.Proof{&one}, nil
}
