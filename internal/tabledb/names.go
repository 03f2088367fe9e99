package tabledb

import (
	"strconv"
	"strings"
	"unicode"
)

// quote quotes an identifier.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// names keeps names apart ignoring case, as SQLite does.
type names map[string]bool

// unique takes the name, numbered behind sep if it is taken.
func (n names) unique(name, sep string) string {
	for i := 1; ; i++ {
		got := name
		if i > 1 {
			got += sep + strconv.Itoa(i)
		}
		if folded := strings.ToLower(got); !n[folded] {
			n[folded] = true
			return got
		}
	}
}

// tableName is the name in SQL for a schema's name. It holds a ~, which no
// view's name does, and does not begin with SQLite's own prefix.
func tableName(name string) string {
	name = columnName(name)
	if strings.HasPrefix(strings.ToLower(name), "sqlite_") {
		name = "~" + name
	}
	if !strings.Contains(name, "~") {
		name += "~"
	}
	return name
}

// columnName drops what an identifier can't hold: nothing but NUL.
func columnName(name string) string {
	if name = strings.ReplaceAll(name, "\x00", ""); name == "" {
		return "~"
	}
	return name
}

// identifier turns a header or table name into a lower-case identifier that
// needs no quotes: "Order/Item[*]/@id" becomes order_item_id, "../@v"
// parent_v. Leading underscores stay, they mark own columns; letters of any
// script stay; a keyword gets an underscore behind it.
func identifier(name string) string {
	lead := len(name) - len(strings.TrimLeft(name, "_"))
	body := strings.ReplaceAll(name[lead:], "[*]", "")
	body = strings.ReplaceAll(body, "../", " parent ")
	var b strings.Builder
	b.WriteString(name[:lead])
	gap := false
	for _, r := range body {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' {
			gap = true
			continue
		}
		if gap && b.Len() > lead {
			b.WriteByte('_')
		}
		gap = false
		b.WriteRune(unicode.ToLower(r))
	}
	id := b.String()
	switch {
	case len(id) == lead:
		return id + "x"
	case lead == 0 && id[0] >= '0' && id[0] <= '9':
		return "n" + id
	case strings.Contains(keywords, " "+id+" "):
		return id + "_"
	}
	return id
}

// keywords are the words of SQLite's grammar.
const keywords = " abort action add after all alter always analyze and as asc attach autoincrement before begin between by cascade case cast check collate column commit conflict constraint create cross current current_date current_time current_timestamp database default deferrable deferred delete desc detach distinct do drop each else end escape except exclude exclusive exists explain fail filter first following for foreign from full generated glob group groups having if ignore immediate in index indexed initially inner insert instead intersect into is isnull join key last left like limit match materialized natural no not nothing notnull null nulls of offset on or order others outer over partition plan pragma preceding primary query raise range recursive references regexp reindex release rename replace restrict returning right rollback row rows savepoint select set table temp temporary then ties to transaction trigger unbounded union unique update using vacuum values view virtual when where window with without "
