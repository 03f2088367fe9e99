package report

import (
	"encoding/json"
	"io"

	"retable/internal/diff"
)

// SummaryFormat is the "retable" member of a summary.
const SummaryFormat = "comparison-summary/1"

// Summary is the answer without the single changes.
type Summary struct {
	Format  string    `json:"retable"`
	Version string    `json:"version,omitempty"`
	Created string    `json:"created,omitempty"`
	Left    Side      `json:"left"`
	Right   Side      `json:"right"`
	Options []Setting `json:"options"`

	// Same: no difference but of format. Certain is false where a part of a
	// side could not be read, so that differences may be hidden there: not in
	// files that are the same byte for byte.
	Same       bool      `json:"same"`
	Certain    bool      `json:"certain"`
	Similarity float64   `json:"similarity"`
	Exact      string    `json:"similarity_exact"` // as a fraction
	Mean       float64   `json:"mean_similarity_of_files"`
	Waterfall  Waterfall `json:"waterfall"`
	Totals     Totals    `json:"totals"`
	Files      []Pair    `json:"files"`
	Tables     []Table   `json:"tables"`
	Notes      []string  `json:"notes,omitempty"`
}

// Waterfall splits 1 - similarity.
type Waterfall struct {
	RemovedRows    float64 `json:"removed_rows"`
	AddedRows      float64 `json:"added_rows"`
	RemovedColumns float64 `json:"removed_columns"`
	AddedColumns   float64 `json:"added_columns"`
	ChangedCells   float64 `json:"changed_cells"`
}

// Step is one part of a waterfall.
type Step struct {
	Label string
	Lost  float64
}

// Steps lists the parts in their order.
func (w Waterfall) Steps() []Step {
	return []Step{
		{"removed rows", w.RemovedRows}, {"added rows", w.AddedRows},
		{"removed columns", w.RemovedColumns}, {"added columns", w.AddedColumns},
		{"changed cells", w.ChangedCells},
	}
}

// Totals are counts over all files and tables.
type Totals struct {
	FilesPaired    int `json:"files_paired"`
	FilesSame      int `json:"files_same"`
	FilesRenamed   int `json:"files_renamed"`
	FilesAdded     int `json:"files_added"`
	FilesRemoved   int `json:"files_removed"`
	TablesPaired   int `json:"tables_paired"`
	TablesSame     int `json:"tables_same"`
	TablesAdded    int `json:"tables_added"`
	TablesRemoved  int `json:"tables_removed"`
	ColumnsRenamed int `json:"columns_renamed"`
	ColumnsAdded   int `json:"columns_added"`
	ColumnsRemoved int `json:"columns_removed"`
	Counts
}

// Counts of one table, or of all.
type Counts struct {
	RowsMatched     int64 `json:"rows_matched"`
	RowsChanged     int64 `json:"rows_changed"`
	RowsMoved       int64 `json:"rows_moved"`
	RowsAdded       int64 `json:"rows_added"`
	RowsRemoved     int64 `json:"rows_removed"`
	RowsFormatOnly  int64 `json:"rows_format_only"`
	CellsChanged    int64 `json:"cells_changed"`
	CellsFormatOnly int64 `json:"cells_format_only"`
}

// Pair is a pair of files, or one without a counterpart.
type Pair struct {
	Left  string  `json:"left,omitempty"`
	Right string  `json:"right,omitempty"`
	Stage string  `json:"stage,omitempty"`
	Score float64 `json:"score,omitempty"`
	// The parts of the score, from 0 to 1; nil where nothing was measured.
	Name       *float64 `json:"name_score,omitempty"`
	Schema     *float64 `json:"schema_score,omitempty"`
	Content    *float64 `json:"content_score,omitempty"`
	RunnerUp   string   `json:"runner_up,omitempty"`
	Margin     float64  `json:"margin,omitempty"`
	Same       bool     `json:"same"`
	Similarity float64  `json:"similarity"`
	Partial    bool     `json:"partial,omitempty"`
}

// Table is the comparison of one table.
type Table struct {
	Name       string    `json:"name"`
	Right      string    `json:"right_name,omitempty"` // if it is another
	Kind       string    `json:"kind,omitempty"`
	OnlyLeft   bool      `json:"only_left,omitempty"`
	OnlyRight  bool      `json:"only_right,omitempty"`
	Same       bool      `json:"same"`
	Similarity float64   `json:"similarity"`
	Waterfall  Waterfall `json:"waterfall"`
	Key        Key       `json:"key"`
	Counts
	Columns    []Column       `json:"columns"`
	Candidates []KeyCandidate `json:"candidates,omitempty"` // keys that were considered, the best first
	Notes      []string       `json:"notes,omitempty"`
}

// Key is how rows were matched.
type Key struct {
	Columns        []string `json:"columns"` // empty: by likeness, or by file
	Scope          string   `json:"scope,omitempty"`
	Given          bool     `json:"given,omitempty"`
	Why            string   `json:"why,omitempty"`
	DuplicateLeft  int64    `json:"duplicates_left,omitempty"`
	DuplicateRight int64    `json:"duplicates_right,omitempty"`
}

// KeyCandidate is a key that was considered.
type KeyCandidate struct {
	Columns []string `json:"columns"`
	Scope   string   `json:"scope"`
	Score   float64  `json:"score"`
	Unique  float64  `json:"unique"`  // the worse side's share of keys that occur once, about
	Overlap float64  `json:"overlap"` // share of the smaller side's keys that the other has, about
	Refused string   `json:"refused,omitempty"`
}

// Column is a column that is not simply on both sides, or that has changes.
type Column struct {
	Left       string  `json:"left,omitempty"`
	Right      string  `json:"right,omitempty"`
	How        string  `json:"how"`
	Score      float64 `json:"score,omitempty"` // of a rename
	Margin     float64 `json:"margin,omitempty"`
	LeftType   string  `json:"left_type,omitempty"`
	RightType  string  `json:"right_type,omitempty"`
	Changed    int64   `json:"cells_changed,omitempty"`
	FormatOnly int64   `json:"cells_format_only,omitempty"`
}

// Name is the column's name: left, or else right.
func (c *Column) Name() string {
	if c.Left != "" {
		return c.Left
	}
	return c.Right
}

// Summarise puts the result in the summary's words.
func Summarise(h Head, r *diff.Result) *Summary {
	s := &Summary{
		Format: SummaryFormat, Version: h.Version, Created: h.Created, Left: h.Left, Right: h.Right, Options: h.Options,
		Same: r.Same(), Certain: !h.Left.Gaps && !h.Right.Gaps, Similarity: r.Similarity(), Exact: r.Tally.Exact().RatString(), Mean: r.Mean,
		Waterfall: waterfall(r.Tally), Files: []Pair{}, Tables: []Table{}, Notes: once(r.Notes),
	}
	for i := range r.Files {
		s.addPair(&r.Files[i])
	}
	for _, t := range r.Tables {
		s.addTable(t)
	}
	return s
}

// once drops notes that repeat an earlier one: both sides may have the same.
func once(notes []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, n := range notes {
		if !seen[n] {
			seen[n] = true
			out = append(out, n)
		}
	}
	return out
}

func waterfall(t diff.Tally) Waterfall {
	w := t.Waterfall()
	return Waterfall{w.RemovedRows, w.AddedRows, w.RemovedColumns, w.AddedColumns, w.ChangedCells}
}

func (s *Summary) addPair(p *diff.FilePair) {
	out := Pair{
		Stage: string(p.Stage), Score: p.Score, RunnerUp: p.RunnerUp, Margin: p.Margin,
		Same: p.Same(), Similarity: p.Tally.Similarity(),
	}
	if p.Score > 0 {
		out.Name, out.Schema, out.Content = &p.Name, &p.Schema, &p.Content
	}
	n := &s.Totals
	if !wholePair(p) {
		s.Certain = false
	}
	if p.Left != nil {
		out.Left, out.Partial = p.Left.Path, p.Left.Partial
	}
	if p.Right != nil {
		out.Right, out.Partial = p.Right.Path, out.Partial || p.Right.Partial
	}
	switch {
	case p.Left == nil:
		n.FilesAdded++
		out.Similarity = 0
	case p.Right == nil:
		n.FilesRemoved++
		out.Similarity = 0
	default:
		n.FilesPaired++
		if out.Same {
			n.FilesSame++
		}
		if out.Left != out.Right && p.Stage != diff.StageOnly {
			n.FilesRenamed++
		}
	}
	s.Files = append(s.Files, out)
}

// wholePair tells whether nothing of the pair can differ unseen.
func wholePair(p *diff.FilePair) bool {
	l, r := p.Left, p.Right
	if l != nil && r != nil && l.SHA256 != "" && l.SHA256 == r.SHA256 {
		return true
	}
	return (l == nil || !l.Partial) && (r == nil || !r.Partial)
}

func (s *Summary) addTable(t *diff.TableResult) {
	out := Table{
		Name: t.Name(), OnlyLeft: t.Right == nil, OnlyRight: t.Left == nil,
		Similarity: t.Tally.Similarity(), Waterfall: waterfall(t.Tally), Counts: countsOf(t), Notes: t.Notes,
		Key: Key{
			Columns: append([]string{}, t.Key.Columns...), Scope: string(t.Key.Scope), Given: t.Key.Given, Why: t.Key.Why,
			DuplicateLeft: t.Key.DuplicateLeft, DuplicateRight: t.Key.DuplicateRight,
		},
		Columns: []Column{},
	}
	for i := range t.Key.Candidates {
		k := &t.Key.Candidates[i]
		out.Candidates = append(out.Candidates, KeyCandidate{append([]string{}, k.Columns...), string(k.Scope), k.Score, k.Unique, k.Overlap, k.Refused})
	}
	n := &s.Totals
	renamed := false
	switch {
	case out.OnlyLeft:
		n.TablesRemoved++
		out.Kind, out.Similarity = t.Left.Kind, 0
	case out.OnlyRight:
		n.TablesAdded++
		out.Kind, out.Similarity = t.Right.Kind, 0
	default:
		n.TablesPaired++
		out.Kind = t.Left.Kind
		if t.Right.Name != t.Left.Name {
			out.Right = t.Right.Name
		}
	}
	for i := range t.Columns {
		c := &t.Columns[i]
		switch c.How {
		case diff.ColumnRename:
			n.ColumnsRenamed++
			renamed = true
		case diff.ColumnAdds:
			if t.Left != nil {
				n.ColumnsAdded++
			}
		case diff.ColumnRemoves:
			if t.Right != nil {
				n.ColumnsRemoved++
			}
		}
		if plain := c.How == diff.ColumnExact && c.Changed+c.FormatOnly == 0 && c.LeftType == c.RightType; !plain {
			out.Columns = append(out.Columns, columnOf(t, c))
		}
	}
	out.Same = !out.OnlyLeft && !out.OnlyRight && !renamed && t.Tally.Same() && t.RowsMoved == 0
	if out.Same {
		n.TablesSame++
	}
	n.Counts.add(out.Counts)
	s.Tables = append(s.Tables, out)
}

func columnOf(t *diff.TableResult, c *diff.ColumnPair) Column {
	out := Column{Left: c.Left, Right: c.Right, How: string(c.How), Changed: c.Changed, FormatOnly: c.FormatOnly}
	if c.How == diff.ColumnRename {
		out.Score, out.Margin = c.Score, c.Margin
	}
	if t.Left != nil && c.Left != "" {
		out.LeftType = c.LeftType.String()
	}
	if t.Right != nil && c.Right != "" {
		out.RightType = c.RightType.String()
	}
	return out
}

func countsOf(t *diff.TableResult) Counts {
	return Counts{
		RowsMatched: t.RowsMatched, RowsChanged: t.RowsChanged, RowsMoved: t.RowsMoved, RowsAdded: t.RowsAdded, RowsRemoved: t.RowsRemoved,
		RowsFormatOnly: t.RowsFormatOnly, CellsChanged: t.CellsChanged, CellsFormatOnly: t.CellsFormatOnly,
	}
}

func (c *Counts) add(o Counts) {
	c.RowsMatched += o.RowsMatched
	c.RowsChanged += o.RowsChanged
	c.RowsMoved += o.RowsMoved
	c.RowsAdded += o.RowsAdded
	c.RowsRemoved += o.RowsRemoved
	c.RowsFormatOnly += o.RowsFormatOnly
	c.CellsChanged += o.CellsChanged
	c.CellsFormatOnly += o.CellsFormatOnly
}

// NewSummary writes the summary as indented JSON.
func NewSummary(w io.Writer, h Head) Report { return &summaryReport{w: w, head: h} }

type summaryReport struct {
	silent
	w    io.Writer
	head Head
}

func (s *summaryReport) Finish(r *diff.Result) error {
	enc := json.NewEncoder(s.w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(Summarise(s.head, r))
}
