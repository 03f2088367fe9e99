package cli

import (
	"fmt"
	"strconv"
	"strings"

	"retable/app"
	"retable/internal/retable"
)

// adminRotateKeysCmd makes fresh keys, or removes old ones.
type adminRotateKeysCmd struct {
	settingsFlags
	Algorithm string `enum:"HS256,EdDSA,RS256," default:"" help:"Of the signing key: HS256 (if nothing is said), EdDSA or RS256."`
	Sealing   bool   `help:"Also the key that seals secrets and hashes tokens."`
	Retire    string `placeholder:"ID" help:"Make none; remove this old key. What it has signed or hashed is void then."`
	JSON      bool   `name:"json" help:"JSON lines."`
}

func (s *adminRotateKeysCmd) Run(c *call) error {
	c.json = s.JSON
	return c.look(&s.settingsFlags, func(o *opened) error {
		keys, err := s.change(o)
		if err != nil {
			return err
		}
		if s.JSON {
			return c.printJSON(keys.Items)
		}
		table := columns{}
		for _, k := range keys.Items {
			table.add(k.ID, k.Use, dash(k.Algorithm), dash(when(k.CreatedAt)), yesNo(k.Current, "current", "old"))
		}
		return table.print(c.Out, "")
	})
}

func (s *adminRotateKeysCmd) change(o *opened) (*app.List[app.Key], error) {
	if s.Retire != "" {
		return o.RetireKey(o.ctx, app.KeyRef{ID: s.Retire})
	}
	return o.RotateKeys(o.ctx, app.RotateKeysRequest{Algorithm: s.Algorithm, Sealing: s.Sealing})
}

// adminVerifyAuditCmd follows the chain of the audit log.
type adminVerifyAuditCmd struct {
	settingsFlags
	Expect string `placeholder:"SEQ:HASH" help:"Head of earlier, written down elsewhere: the log must still hold it."`
	JSON   bool   `name:"json" help:"JSON lines."`
}

func (s *adminVerifyAuditCmd) Run(c *call) error {
	c.json = s.JSON
	expect, err := headOf(s.Expect)
	if err != nil {
		return err
	}
	return c.look(&s.settingsFlags, func(o *opened) error {
		head, err := o.VerifyAudit(o.ctx, expect)
		if err != nil {
			return err
		}
		if s.JSON {
			return c.printJSON(head)
		}
		fmt.Fprintf(c.Out, "the audit log holds: %s entries in an unbroken chain\nhead %d:%s\n", thousands(uint64(head.Entries)), head.Seq, head.Hash)
		return nil
	})
}

// headOf reads a head as this command prints it.
func headOf(text string) (app.AuditHead, error) {
	if text == "" {
		return app.AuditHead{}, nil
	}
	seq, hash, ok := strings.Cut(text, ":")
	n, err := strconv.ParseInt(seq, 10, 64)
	if !ok || err != nil || n < 1 || hash == "" {
		return app.AuditHead{}, retable.Errorf(retable.Invalid, "--expect %s is no head: write it as this command prints it, SEQ:HASH.", text)
	}
	return app.AuditHead{Seq: n, Hash: hash}, nil
}
