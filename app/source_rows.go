package app

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/ianaindex"

	"retable/internal/rag"
	"retable/internal/retable"
	"retable/internal/table"
	"retable/internal/tabledb"
)

// SourceRequest asks for the XML that a row, or a cell, came from.
type SourceRequest struct {
	SessionID string `json:"session_id"`
	TableID   int64  `json:"table_id"`
	RID       int64  `json:"rid"`
	ColumnID  int64  `json:"column_id,omitempty"`
}

// SourceSegment is a piece of an excerpt.
type SourceSegment struct {
	Text string `json:"text"`
	Mark string `json:"mark" enum:"none,row,cell"`
}

// SourceExcerpt is the XML around a row, with the row and the cell marked.
type SourceExcerpt struct {
	File      string          `json:"file"`
	FileID    int64           `json:"file_id"`
	SHA256    string          `json:"sha256,omitempty"`
	Encoding  string          `json:"encoding,omitempty"`
	XPath     string          `json:"xpath"`
	Line      int64           `json:"line"`
	Offset    int64           `json:"offset"`
	FirstLine int64           `json:"first_line"`
	Segments  []SourceSegment `json:"segments"`
	Truncated bool            `json:"truncated"`
}

// The bounds of an excerpt, in bytes of the document.
const (
	excerptBefore = 4 << 10
	excerptRow    = 60 << 10
	excerptLines  = 10 // before and behind the row
)

// GetSource leads from a row to the XML it came from.
func (s *Service) GetSource(ctx context.Context, req SourceRequest) (*SourceExcerpt, error) {
	out := &SourceExcerpt{}
	var column string
	err := s.withTable(ctx, TableRef{req.SessionID, req.TableID}, func(db *tabledb.DB, name string) error {
		row, schema, err := wholeRow(ctx, db, name, req.RID)
		if err != nil {
			return err
		}
		out.FileID, out.Line, out.Offset = int64(row.Pos.File)+1, row.Pos.Line, row.Pos.Offset
		info, err := db.Table(name)
		if err != nil {
			return err
		}
		if out.XPath, err = rowXPath(ctx, db, info, schema, row); err != nil {
			return err
		}
		if req.ColumnID > 0 {
			if req.ColumnID > int64(len(schema.Columns)) {
				return retable.Errorf(retable.NotFound, "There is no column %d: the table has %d.", req.ColumnID, len(schema.Columns))
			}
			if c := &schema.Columns[req.ColumnID-1]; c.Role == table.Data {
				column = c.XPath
				out.XPath = joinXPath(out.XPath, c.XPath)
			}
		}
		files, err := db.Files(ctx)
		if err != nil {
			return err
		}
		for _, f := range files {
			if f.ID == out.FileID {
				out.File, out.SHA256, out.Encoding = f.Path, f.SHA256, f.Encoding
			}
		}
		return nil
	})
	if err != nil {
		return nil, explained(ctx, err, "finding the source of the row")
	}
	err = s.withOriginal(ctx, req.SessionID, func(src Source) error { return s.excerpt(ctx, src, out, column) })
	if err != nil {
		return nil, explained(ctx, err, "reading the source of the row")
	}
	return out, nil
}

func wholeRow(ctx context.Context, db *tabledb.DB, name string, rid int64) (*table.Row, *table.Schema, error) {
	row, _, err := oneRow(ctx, db, name, rid, 1)
	if err != nil {
		return nil, nil, err
	}
	schema, err := db.Schema(ctx, name)
	return row, schema, err
}

// joinXPath is the path of a column below its row.
func joinXPath(row, column string) string {
	if column == "." || column == "" {
		return row
	}
	return row + "/" + strings.ReplaceAll(column, "[*]", "")
}

// rowXPath is the path to a row, with its position at each repeating element.
func rowXPath(ctx context.Context, db *tabledb.DB, t tabledb.Info, schema *table.Schema, row *table.Row) (string, error) {
	cell := func(name string) string {
		if i := schema.Index(name); i >= 0 {
			b, _ := row.Value(i)
			return string(b)
		}
		return ""
	}
	parent, pos, owner := cell("_parent_id"), cell("_pos"), cell("_parent_table")
	tail := ""
	for range 64 {
		above := t.Parent
		if owner != "" {
			above = owner
		}
		i := slices.IndexFunc(db.Tables(), func(x tabledb.Info) bool { return x.Name == above })
		if i < 0 || parent == "" || above == "" {
			break
		}
		up := db.Tables()[i]
		step := "//" + t.Path[strings.LastIndexByte(t.Path, '/')+1:]
		if rest, ok := strings.CutPrefix(t.Path, up.Path+"/"); ok {
			step = "/" + rest
		} else if up.Name == t.Name {
			step = step[1:]
		}
		tail = fmt.Sprintf("%s[%s]%s", step, pos, tail)
		var err error
		if parent, pos, owner, err = placeOf(ctx, db, up, parent); err != nil {
			return "", err
		}
		t = up
	}
	return t.Path + tail, nil
}

// placeOf finds a row by its id, and where it stands.
func placeOf(ctx context.Context, db *tabledb.DB, t tabledb.Info, id string) (parent, pos, owner string, err error) {
	if strings.Trim(id, "0123456789") != "" || id == "" {
		return "", "", "", nil // no id of ours: the path ends here
	}
	schema, err := db.Schema(ctx, t.Name)
	if err != nil || schema.Index("_parent_id") < 0 {
		return "", "", "", err
	}
	columns := "_parent_id, _pos"
	if schema.Index("_parent_table") >= 0 {
		columns += ", _parent_table"
	}
	r, err := rag.Query(ctx, db, fmt.Sprintf("SELECT %s FROM %s WHERE _id = %s", columns, t.ViewName, id))
	if err != nil || len(r.Rows) == 0 {
		return "", "", "", err
	}
	row := r.Rows[0]
	if len(row) > 2 {
		owner = row[2]
	}
	return row[0], row[1], owner, nil
}

// excerpt reads the document around the row.
func (s *Service) excerpt(ctx context.Context, src Source, out *SourceExcerpt, column string) error {
	b, err := s.files.open(ctx, src, true, nil)
	if err != nil {
		return err
	}
	defer b.Close()
	e := entryOf(b, out.FileID-1)
	if e == nil {
		return retable.Errorf(retable.NotFound, "%s is not in the bundle any more.", out.File)
	}
	r, err := e.Open(ctx)
	if err != nil {
		return err
	}
	before, rest, err := window(r, out.Offset)
	_ = r.Close() // it was left in the middle
	if err != nil {
		return err
	}
	decode, err := decoderOf(out.Encoding, before, rest)
	if err != nil {
		return err
	}
	head, err := decode(lastLines(before, excerptLines))
	if err != nil {
		return err
	}
	body, err := decode(rest)
	if err != nil {
		return err
	}
	out.FirstLine = out.Line - int64(strings.Count(head, "\n"))
	out.segments(head, body, column)
	return nil
}

// window reads what stands before the offset, and from it on.
func window(r io.Reader, offset int64) (before, rest []byte, err error) {
	skip := max(0, offset-excerptBefore)
	if _, err := io.CopyN(io.Discard, r, skip); err != nil {
		return nil, nil, fmt.Errorf("skip to the row: %w", err)
	}
	before = make([]byte, offset-skip)
	if _, err := io.ReadFull(r, before); err != nil {
		return nil, nil, fmt.Errorf("read before the row: %w", err)
	}
	rest, err = io.ReadAll(io.LimitReader(bufio.NewReader(r), excerptRow))
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil // the document breaks off here: show what there is
	}
	return before, rest, err
}

// lastLines are the last few lines.
func lastLines(b []byte, n int) []byte {
	at := len(b)
	for range n {
		i := bytes.LastIndexByte(b[:at], '\n')
		if i < 0 {
			return b[at-min(at, 400):]
		}
		at = i
	}
	return b[at+1:]
}

// decoderOf turns bytes of the document's encoding into text.
func decoderOf(name string, _ ...[]byte) (func([]byte) (string, error), error) {
	switch strings.ToUpper(name) {
	case "", "UTF-8", "US-ASCII":
		return func(b []byte) (string, error) { return strings.ToValidUTF8(trimCut(b), "\uFFFD"), nil }, nil
	}
	var enc encoding.Encoding
	enc, err := ianaindex.IANA.Encoding(name)
	if err != nil || enc == nil {
		return nil, retable.Errorf(retable.Unsupported, "The source is in %s, which can't be shown here.", name)
	}
	return func(b []byte) (string, error) {
		if strings.HasPrefix(strings.ToUpper(name), "UTF-16") {
			b = b[:len(b)&^1]
		}
		out, err := enc.NewDecoder().Bytes(b)
		return string(out), err
	}, nil
}

// trimCut drops a character that the window has cut in two.
func trimCut(b []byte) string {
	for range utf8.UTFMax - 1 {
		if r, size := utf8.DecodeLastRune(b); r != utf8.RuneError || size != 1 {
			break
		}
		b = b[:len(b)-1]
	}
	return string(b)
}

// segments marks the row's element and the cell's nodes.
func (x *SourceExcerpt) segments(head, body, column string) {
	m := markup{[]byte(body)}
	end, whole := m.element(0)
	x.Truncated = !whole
	var cells []span
	if column != "" {
		cells = m.nodes(0, end, column)
	}
	x.Segments = []SourceSegment{}
	x.add(head, "none")
	at := 0
	for _, c := range cells {
		if c.from < at {
			continue // within the one before
		}
		x.add(body[at:c.from], "row")
		x.add(body[c.from:c.to], "cell")
		at = c.to
	}
	x.add(body[at:end], "row")
	tail := body[end:]
	lines := strings.SplitAfterN(tail, "\n", excerptLines+1)
	x.add(strings.Join(lines[:min(len(lines), excerptLines)], ""), "none")
}

func (x *SourceExcerpt) add(text, mark string) {
	if text != "" {
		x.Segments = append(x.Segments, SourceSegment{text, mark})
	}
}
