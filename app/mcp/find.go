package mcp

import (
	"context"
	"fmt"
	"strings"

	"retable/app"
	"retable/internal/retable"
)

// session finds a session by its id or name. With none said, it is the only one
// there is.
func (d *desk) session(ctx context.Context, name string) (*app.Session, error) {
	if name != "" {
		x, err := d.from.GetSession(ctx, app.SessionRef{SessionID: name})
		if !retable.Is(err, retable.NotFound) {
			return x, err
		}
	}
	found, err := d.named(ctx, name)
	if err != nil {
		return nil, err
	}
	switch {
	case len(found) == 1:
		return &found[0], nil
	case len(found) > 1 && name == "":
		return nil, retable.Errorf(retable.Unprocessable, "There are several sessions; say which one (list_sessions names them).")
	case len(found) > 1:
		var ids []string
		for _, x := range found[:min(len(found), 10)] {
			ids = append(ids, x.ID+" ("+x.CreatedAt+")")
		}
		return nil, retable.Errorf(retable.Unprocessable, "%d sessions are called %s; name one by its id: %s.", len(found), name, strings.Join(ids, ", "))
	case name == "":
		return nil, retable.Errorf(retable.NotFound, "There is no session yet: take a bundle in first (retable sessions add BUNDLE, or the web page).")
	}
	return nil, retable.Errorf(retable.NotFound, "There is no session %q; list_sessions names those there are.", name)
}

// named are the sessions of that name; of none, the first two of all.
func (d *desk) named(ctx context.Context, name string) ([]app.Session, error) {
	req := app.ListSessionsRequest{Search: name, PageQuery: app.PageQuery{Limit: 100}}
	if name == "" {
		req.Limit = 2
	}
	var found []app.Session
	for {
		l, err := d.from.ListSessions(ctx, req)
		if err != nil {
			return nil, err
		}
		for _, x := range l.Items {
			if name == "" || strings.EqualFold(x.Name, name) {
				found = append(found, x)
			}
		}
		if req.Cursor = l.Next; req.Cursor == "" || name == "" {
			return found, nil
		}
	}
}

// table finds a table by its name, its name in SQL, its number, or the end of a
// name that is its own: order, orders/order.
func (d *desk) table(ctx context.Context, session *app.Session, name string) (*app.TableDTO, error) {
	l, err := d.from.ListTables(ctx, app.SessionRef{SessionID: session.ID})
	if err != nil {
		return nil, err
	}
	for i := range l.Tables {
		t := &l.Tables[i]
		if strings.EqualFold(t.View, name) || strings.EqualFold(t.Name, name) || fmt.Sprint(t.ID) == name {
			return t, nil
		}
	}
	switch found := endingIn(l.Tables, name); {
	case len(found) == 1:
		return &found[0], nil
	case len(found) > 1:
		return nil, retable.Errorf(retable.Unprocessable, "%d tables of %s end in %q; name one of them: %s.", len(found), session.Name, name, views(found))
	case len(l.Tables) == 0:
		return nil, retable.Errorf(retable.Conflict, "The session %s has no tables yet (%s).", session.Name, session.State)
	}
	return nil, retable.Errorf(retable.NotFound, "There is no table %q in %s; there are %s.", name, session.Name, views(l.Tables))
}

// endingIn are the tables whose names in SQL end in a name, in the singular if
// none does as it is said.
func endingIn(tables []app.TableDTO, name string) []app.TableDTO {
	want := strings.Trim(strings.NewReplacer("~", "_", "/", "_", ".", "_", " ", "_").Replace(strings.ToLower(name)), "_")
	for _, end := range []string{want, strings.TrimSuffix(want, "s")} {
		var found []app.TableDTO
		for i := range tables {
			if end != "" && strings.HasSuffix(tables[i].View, "_"+end) {
				found = append(found, tables[i])
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

// views are the names in SQL of the first tables.
func views(tables []app.TableDTO) string {
	var names []string
	for i := range tables[:min(len(tables), 20)] {
		names = append(names, tables[i].View)
	}
	more := ""
	if len(tables) > 20 {
		more = " and more"
	}
	return strings.Join(names, ", ") + more
}
