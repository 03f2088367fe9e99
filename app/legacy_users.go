package app

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"

	"retable/internal/retable"
)

// legacyUser is a user of the system before.
type legacyUser struct {
	id, name string
	fields   map[string]any
	tokens   int // refresh tokens that stand beside
}

// legacyUsers reads users.json or users.csv.
func legacyUsers(root fs.FS) ([]legacyUser, error) {
	var all []map[string]any
	raw, err := fs.ReadFile(root, "users.json")
	switch {
	case err == nil:
		if all, err = usersOfJSON(raw); err != nil {
			return nil, err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, retable.Fault(err, "reading users.json")
	default:
		f, err := root.Open("users.csv")
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		if err != nil {
			return nil, retable.Fault(err, "reading users.csv")
		}
		defer f.Close()
		if all, err = usersOfCSV(f); err != nil {
			return nil, err
		}
	}
	var out []legacyUser
	for i, fields := range all {
		u := legacyUser{id: firstText(fields, "id", "user_id"), name: firstText(fields, "username", "user", "login", "name"), fields: fields}
		if u.name == "" {
			return nil, retable.Errorf(retable.Invalid, "User %d has no username.", i+1)
		}
		for _, k := range []string{"refresh_token", "refresh_tokens"} {
			switch v := fields[k].(type) {
			case string:
				if v != "" {
					u.tokens++
				}
			case []any:
				u.tokens += len(v)
			}
		}
		out = append(out, u)
	}
	return out, nil
}

// usersOfJSON takes a list, {"users": a list}, or an object by user name.
func usersOfJSON(raw []byte) ([]map[string]any, error) {
	var list []map[string]any
	if json.Unmarshal(raw, &list) == nil {
		return list, nil
	}
	var holder struct {
		Users json.RawMessage `json:"users"`
	}
	if json.Unmarshal(raw, &holder) == nil && len(holder.Users) > 0 {
		return usersOfJSON(holder.Users)
	}
	var byName map[string]map[string]any
	if err := json.Unmarshal(raw, &byName); err != nil {
		return nil, retable.Errorf(retable.Invalid, "users.json holds neither a list of users nor an object of them: %v.", err)
	}
	for name, u := range byName {
		if firstText(u, "username", "user", "login", "name") == "" {
			u["username"] = name
		}
		list = append(list, u)
	}
	sort.Slice(list, func(i, j int) bool { return firstText(list[i], "username") < firstText(list[j], "username") })
	return list, nil
}

func usersOfCSV(f fs.File) ([]map[string]any, error) {
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, retable.Errorf(retable.Invalid, "users.csv can't be read: %v.", err)
	}
	if len(rows) == 0 {
		return nil, retable.Errorf(retable.Invalid, "users.csv is empty: its first line names the columns.")
	}
	var all []map[string]any
	for _, row := range rows[1:] {
		u := map[string]any{}
		for i, name := range rows[0] {
			u[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))] = row[i]
		}
		all = append(all, u)
	}
	return all, nil
}

// firstText is the first of the members that is there, as text.
func firstText(m map[string]any, names ...string) string {
	for _, n := range names {
		switch v := m[n].(type) {
		case string:
			if v != "" {
				return v
			}
		case float64:
			return strconv.FormatFloat(v, 'f', -1, 64)
		}
	}
	return ""
}

// truth is a member that says yes or no.
func truth(m map[string]any, otherwise bool, names ...string) bool {
	for _, n := range names {
		switch v := m[n].(type) {
		case bool:
			return v
		case float64:
			return v != 0
		case string:
			if b, err := strconv.ParseBool(strings.ToLower(v)); err == nil {
				return b
			}
		}
	}
	return otherwise
}

var bcryptForm = regexp.MustCompile(`^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$`)

// user is who they become here. A password that isn't hashed by bcrypt is not
// taken: it has to be set anew.
func (l *legacyUser) user(now retable.Millis) (u *retable.User, detail string) {
	u = &retable.User{
		ID: retable.NewID(), Username: l.name, Email: firstText(l.fields, "email"), Role: legacyRole(firstText(l.fields, "role")),
		Active: truth(l.fields, true, "is_active", "active"), Locked: truth(l.fields, false, "is_locked", "locked"), CreatedAt: now, UpdatedAt: now,
	}
	if at, err := time.Parse(time.RFC3339, firstText(l.fields, "created_at")); err == nil {
		u.CreatedAt = retable.MillisOf(at)
	}
	hash := firstText(l.fields, "password_hash", "hashed_password", "hash", "password")
	switch {
	case bcryptForm.MatchString(hash):
		u.PasswordHash = hash
		detail = "the password stays"
	case hash == "":
		u.MustReset, detail = true, "had no password; one has to be set"
	default:
		u.MustReset, detail = true, "the password was not hashed by bcrypt and has to be set anew"
	}
	if l.tokens > 0 {
		detail += fmt.Sprintf(", %d refresh tokens not taken", l.tokens)
	}
	return u, detail
}

// legacyRole is a role of here; what isn't known has the fewest rights.
func legacyRole(role string) retable.Role {
	switch strings.ToLower(role) {
	case "admin", "administrator", "superuser":
		return retable.RoleAdmin
	case "ops", "operator":
		return retable.RoleOps
	}
	return retable.RoleUser
}
