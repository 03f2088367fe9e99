package cli

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"retable/app"
)

type compareCmd struct {
	Left  string `arg:"" help:"The earlier side: a bundle of XML, a folder or SQLite file that convert wrote, or a CSV or TSV file; - is a bundle on standard input."`
	Right string `arg:"" help:"The later side."`

	Key           []string `short:"k" sep:"none" placeholder:"[TABLE=]COL,..." help:"Columns that identify a row; repeat for other tables. Default: found by itself."`
	Keyless       []string `sep:"none" placeholder:"TABLE" help:"Match the rows of these tables by likeness; * for all."`
	Ignore        []string `short:"i" sep:"none" placeholder:"[TABLE=]COL,..." help:"Columns to leave out; * and ? match any text and any character."`
	Tolerance     []string `short:"t" sep:"none" placeholder:"[TABLE=]COL=ABS[:REL]" help:"Values of a column that are near count as equal: numbers by ABS + REL x the greater one, dates by a time such as 2h."`
	IgnoreCase    bool     `help:"Upper and lower case are the same."`
	Trim          bool     `help:"White space at both ends of a value doesn't count."`
	CollapseSpace bool     `help:"A run of white space counts as one space."`
	Null          []string `sep:"none" placeholder:"TOKEN" help:"A value that stands for none, such as NA; repeat for several."`
	Pair          []string `sep:"none" placeholder:"LEFT=RIGHT" help:"Files that belong together, whatever they are called."`
	Apart         []string `sep:"none" placeholder:"LEFT=RIGHT" help:"Files that don't belong together; with one side empty, a file that has no counterpart."`
	Recipe        []string `sep:"none" placeholder:"FILE" help:"Comparison recipes: keys, ignored columns and tolerances by kind."`
	SaveRecipe    string   `placeholder:"FILE" help:"Keep the keys and options of this comparison as a recipe."`

	Report    []string `short:"f" placeholder:"KIND" help:"Reports: html, xlsx, jsonl, csv, daff, json."`
	Out       string   `short:"o" placeholder:"DIR|FILE" help:"Where reports go: a folder, or for a single report its file. Default: LEFT-to-RIGHT."`
	Overwrite bool     `help:"Replace reports that are there already."`
	Rows      int      `placeholder:"N" help:"Rows of each sort that the HTML report shows per table."`
	Guard     bool     `help:"Defuse cells that a spreadsheet would run as formulas (csv)." env:"RET_FORMULA_GUARD"`

	limitFlags
	Workers int  `short:"w" help:"Files and tables worked on at once; 0 is one per core." env:"RET_WORKERS"`
	JSON    bool `name:"json" help:"One JSON object per line: files, tables, reports, summary."`
	Quiet   bool `short:"q" help:"Print nothing but problems."`
}

// errDifferent is the error of a comparison that found differences.
var errDifferent = fmt.Errorf("different: %w", errPartial)

func (v *compareCmd) request(c *call) (app.CompareRequest, error) {
	req := app.CompareRequest{
		Reports: v.Report, Output: v.Out, Overwrite: v.Overwrite, Guard: v.Guard, Rows: v.Rows, Workers: v.Workers, Now: time.Now(),
	}
	if v.Workers < 0 {
		return req, fmt.Errorf("--workers %d is less than none: use 0 for one per core", v.Workers)
	}
	if v.Rows < 0 {
		return req, fmt.Errorf("--rows %d is less than none", v.Rows)
	}
	if req.Output == "" && len(req.Reports) > 0 {
		req.Output = besides(v.Left, v.Right)
	}
	var err error
	if req.Left, err = v.at(c, v.Left); err != nil {
		return req, err
	}
	if req.Right, err = v.at(c, v.Right); err != nil {
		return req, err
	}
	if req.Recipes, err = app.LoadComparisonRecipes(v.Recipe); err != nil {
		return req, err
	}
	req.Options, err = v.options()
	return req, err
}

// besides names the reports after what is compared.
func besides(left, right string) string {
	base := func(path string) string {
		if path == "-" {
			return "stdin"
		}
		name := app.BaseName(filepath.Clean(path))
		for _, ext := range []string{".csv", ".tsv", ".tab", ".sqlite"} {
			name = strings.TrimSuffix(name, ext)
		}
		return name
	}
	return base(left) + "-to-" + base(right)
}

func (v *compareCmd) options() (app.CompareOptions, error) {
	o := app.CompareOptions{IgnoreCase: v.IgnoreCase, Trim: v.Trim, CollapseSpace: v.CollapseSpace, NullTokens: v.Null}
	for _, k := range v.Key {
		x, err := tableColumns("key", k)
		if err != nil {
			return o, err
		}
		o.Keys = append(o.Keys, x)
	}
	for _, i := range v.Ignore {
		x, err := tableColumns("ignore", i)
		if err != nil {
			return o, err
		}
		o.Ignore = append(o.Ignore, x)
	}
	for _, name := range v.Keyless {
		if name == "*" {
			name = ""
		}
		o.Keyless = append(o.Keyless, name)
	}
	for _, t := range v.Tolerance {
		x, err := columnTolerance(t)
		if err != nil {
			return o, err
		}
		o.Tolerances = append(o.Tolerances, x)
	}
	for _, p := range v.Pair {
		left, right, ok := strings.Cut(p, "=")
		if !ok || left == "" || right == "" {
			return o, fmt.Errorf("--pair %q: write LEFT=RIGHT, the paths of two files within their bundles", p)
		}
		o.Pair = append(o.Pair, [2]string{left, right})
	}
	for _, p := range v.Apart {
		left, right, ok := strings.Cut(p, "=")
		if !ok || left+right == "" {
			return o, fmt.Errorf("--apart %q: write LEFT=RIGHT, the paths of two files within their bundles; LEFT= or =RIGHT leaves a file without a counterpart", p)
		}
		o.Apart = append(o.Apart, [2]string{left, right})
	}
	return o, nil
}

// tableColumns reads [TABLE=]COL,COL. A comma of a name is written \, .
func tableColumns(flag, s string) (app.TableColumns, error) {
	var x app.TableColumns
	columns := s
	if name, rest, ok := strings.Cut(s, "="); ok {
		x.Table, columns = name, rest
	}
	for _, c := range strings.Split(strings.ReplaceAll(columns, `\,`, "\x00"), ",") {
		if c = strings.ReplaceAll(strings.TrimSpace(c), "\x00", ","); c != "" {
			x.Columns = append(x.Columns, c)
		}
	}
	if len(x.Columns) == 0 {
		return x, fmt.Errorf("--%s %q names no column: write COL,COL or TABLE=COL,COL", flag, s)
	}
	return x, nil
}

// columnTolerance reads [TABLE=]COL=ABS[:REL] or [TABLE=]COL=TIME.
func columnTolerance(s string) (app.ColumnTolerance, error) {
	var x app.ColumnTolerance
	at := strings.LastIndexByte(s, '=')
	if at < 1 || at == len(s)-1 {
		return x, fmt.Errorf("--tolerance %q: write COL=ABS, COL=ABS:REL or COL=TIME, such as price=0.01:0.001 or date=2h", s)
	}
	x.Column = s[:at]
	if name, rest, ok := strings.Cut(x.Column, "="); ok {
		x.Table, x.Column = name, rest
	}
	text := s[at+1:]
	if seconds, ok := seconds(text); ok {
		x.Seconds = seconds
		return x, nil
	}
	x.Abs, x.Rel, _ = strings.Cut(text, ":")
	for _, n := range []string{x.Abs, x.Rel} {
		if f, err := strconv.ParseFloat(n, 64); n != "" && (err != nil || f < 0) {
			return x, fmt.Errorf("--tolerance %q: %q is neither a number of 0 or more nor a time such as 90s, 2h or 1d", s, n)
		}
	}
	return x, nil
}

// seconds reads a time with its unit.
func seconds(s string) (int64, bool) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseInt(days, 10, 32)
		return n * 86400, err == nil && n >= 0
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || s == "0" {
		return 0, false
	}
	return int64(d / time.Second), true
}

// Run compares and tells.
func (v *compareCmd) Run(c *call) error {
	c.json = v.JSON
	req, err := v.request(c)
	if err != nil {
		return err
	}
	line := newProgress(c.Err, v.Quiet || v.JSON)
	req.Progress = line.report()
	began := time.Now()
	res, err := c.app.Compare(c.ctx, req)
	line.clear()
	if err != nil {
		return err
	}
	res.Duration = time.Since(began)
	if v.SaveRecipe != "" {
		if err := app.SaveComparisonRecipes(v.SaveRecipe, res.Recipes, v.Overwrite); err != nil {
			return err
		}
	}
	switch {
	case v.JSON:
		err = comparisonJSON(c.Out, res)
	case v.Quiet:
		compareProblems(c.Err, res)
	default:
		err = comparisonText(c.Out, res, v.SaveRecipe)
	}
	switch {
	case err != nil:
		return err
	case !res.Equal():
		return errDifferent
	}
	return nil
}
