package cli

import (
	"cmp"
	"fmt"

	"retable/app"
	"retable/internal/retable"
)

// adminUsersCmd lists the accounts.
type adminUsersCmd struct {
	settingsFlags
	Search string `placeholder:"TEXT" help:"Part of the name."`
	JSON   bool   `name:"json" help:"JSON lines."`
}

func (s *adminUsersCmd) Run(c *call) error {
	return c.look(&s.settingsFlags, func(o *opened) error {
		table, found := columns{}, 0
		req := app.ListUsersRequest{Search: s.Search, PageQuery: app.PageQuery{Limit: 100}}
		for {
			l, err := o.ListUsers(o.ctx, req)
			if err != nil {
				return err
			}
			for i := range l.Items {
				u := &l.Items[i]
				if u.Username == retable.LocalUser {
					continue // the person at this machine has no account
				}
				found++
				if s.JSON {
					if err := c.printJSON(u); err != nil {
						return err
					}
					continue
				}
				table.add(shown(u.Username), string(u.Role), standing(u), "last log-in "+dash(when(u.LastLoginAt)), dash(shown(u.Email)))
			}
			if req.Cursor = l.Next; req.Cursor == "" {
				break
			}
		}
		if !s.JSON && found == 0 && s.Search == "" {
			fmt.Fprintln(c.Out, "nobody has an account; make the first administrator by: retable admin create-user NAME")
		}
		return table.print(c.Out, "")
	})
}

// standing says in a word whether a user can log in.
func standing(u *app.User) string {
	switch {
	case !u.IsActive:
		return "inactive"
	case u.IsLocked:
		return "locked"
	case u.MustReset:
		return "must set password anew"
	case !u.HasPassword:
		return "no password yet"
	}
	return "active"
}

// adminCreateUserCmd makes an account.
type adminCreateUserCmd struct {
	settingsFlags
	passwordFlags
	Username string `arg:"" help:"User name."`
	Role     string `enum:"admin,ops,user," default:"" help:"admin, ops or user. The first one is an administrator if nothing is said, others are users."`
	Email    string `placeholder:"ADDRESS" help:"Mail address, for links and warnings."`
	JSON     bool   `name:"json" help:"JSON lines."`
}

func (s *adminCreateUserCmd) Run(c *call) error {
	c.json = s.JSON
	return c.look(&s.settingsFlags, func(o *opened) error {
		first, err := o.SetupNeeded(o.ctx)
		if err != nil {
			return err
		}
		role := cmp.Or(retable.Role(s.Role), retable.RoleUser)
		if first && s.Role == "" {
			role = retable.RoleAdmin
		}
		password, err := s.read(c, s.Username)
		if err != nil {
			return err
		}
		made, err := o.CreateUser(o.ctx, app.CreateUserRequest{Username: s.Username, Password: password, Email: s.Email, Role: role, Show: s.Link})
		if err != nil {
			return err
		}
		if s.JSON {
			return c.printJSON(app.SeededUser{User: made.User, Link: made.Link})
		}
		fmt.Fprintf(c.Out, "created %s (%s)\n", shown(made.Username), made.Role)
		if first && role != retable.RoleAdmin {
			fmt.Fprintln(c.Err, "note: nobody is an administrator yet; make one by --role admin")
		}
		c.printLink(made.Link)
		return nil
	})
}

// printLink shows a link to set a password.
func (c *call) printLink(l *app.PasswordLink) {
	if l != nil {
		fmt.Fprintf(c.Out, "%s sets the password by this link, once, until %s:\n  %s\n", shown(l.Username), when(l.ExpiresAt), l.Link)
	}
}

// adminSetPasswordCmd sets a password when nobody can log in any more.
type adminSetPasswordCmd struct {
	settingsFlags
	passwordFlags
	Username string `arg:"" help:"User name."`
	JSON     bool   `name:"json" help:"JSON lines."`
}

func (s *adminSetPasswordCmd) Run(c *call) error {
	c.json = s.JSON
	return c.look(&s.settingsFlags, func(o *opened) error {
		if _, err := o.FindUser(o.ctx, app.UsernameRef{Username: s.Username}); err != nil {
			return err // before anything is typed
		}
		if s.Link {
			l, err := o.MakePasswordLink(o.ctx, app.UsernameRef{Username: s.Username})
			if err != nil {
				return err
			}
			if s.JSON {
				return c.printJSON(l)
			}
			c.printLink(l)
			return nil
		}
		password, err := s.read(c, s.Username)
		if err != nil {
			return err
		}
		u, err := o.SetPassword(o.ctx, app.SetPasswordRequest{Username: s.Username, Password: password})
		if err != nil {
			return err
		}
		if s.JSON {
			return c.printJSON(u)
		}
		fmt.Fprintf(c.Out, "the password of %s is set; their log-ins have ended\n", shown(u.Username))
		return nil
	})
}

// adminUserCmd does something to an account.
type adminUserCmd struct {
	settingsFlags
	Username string `arg:"" help:"User name."`
	JSON     bool   `name:"json" help:"JSON lines."`
}

func (s *adminUserCmd) run(c *call, done string, change func(o *opened, ref app.UserRef) (*app.User, error)) error {
	c.json = s.JSON
	return c.look(&s.settingsFlags, func(o *opened) error {
		u, err := o.FindUser(o.ctx, app.UsernameRef{Username: s.Username})
		if err != nil {
			return err
		}
		if u, err = change(o, app.UserRef{UserID: u.ID}); err != nil {
			return err
		}
		if s.JSON {
			return c.printJSON(u)
		}
		fmt.Fprintf(c.Out, "%s %s\n", shown(u.Username), done)
		return nil
	})
}

type adminLockCmd struct{ adminUserCmd }

func (s *adminLockCmd) Run(c *call) error {
	return s.run(c, "is locked; their log-ins have ended", func(o *opened, ref app.UserRef) (*app.User, error) { return o.LockUser(o.ctx, ref) })
}

type adminUnlockCmd struct{ adminUserCmd }

func (s *adminUnlockCmd) Run(c *call) error {
	return s.run(c, "can log in again", func(o *opened, ref app.UserRef) (*app.User, error) { return o.UnlockUser(o.ctx, ref) })
}

// adminSetupLinkCmd prints how the first administrator gets in.
type adminSetupLinkCmd struct {
	settingsFlags
	JSON bool `name:"json" help:"JSON lines."`
}

func (s *adminSetupLinkCmd) Run(c *call) error {
	c.json = s.JSON
	return c.look(&s.settingsFlags, func(o *opened) error {
		link, err := o.SetupLink(o.ctx)
		if err != nil {
			return err
		}
		if link == "" {
			return retable.Errorf(retable.Conflict, "There are users already. For a new password: retable admin set-password NAME --link.")
		}
		if s.JSON {
			return c.printJSON(map[string]string{"link": link})
		}
		fmt.Fprintf(c.Out, "Set up the first administrator by this link, once, within a day:\n  %s\n", link)
		return nil
	})
}
