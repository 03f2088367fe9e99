package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"retable/app"
)

type convertCmd struct {
	inputFlags
	shapeFlags
	Out       string   `short:"o" placeholder:"DIR" help:"Output folder, or a .zip. Default: the input's name with -tables."`
	Format    []string `short:"f" default:"csv" help:"Output formats: csv, tsv, jsonl, parquet, xlsx, sqlite."`
	Overwrite bool     `help:"Replace an output folder that Retable wrote."`
	Guard     bool     `help:"Defuse cells that a spreadsheet would run as formulas (csv, tsv)." env:"RET_FORMULA_GUARD"`
	BOM       bool     `name:"bom" help:"Begin CSV and TSV with a byte order mark."`
	CRLF      bool     `name:"crlf" help:"End CSV lines with CR LF."`
	Delimiter string   `placeholder:"CHAR" help:"Replaces the comma in CSV."`
	Compress  string   `enum:"snappy,zstd,gzip,none" default:"snappy" help:"Parquet compression: ${enum}."`
	OnePass   bool     `help:"Read a single large document once: faster, but without column statistics, source digest and proof."`
	JSON      bool     `name:"json" help:"One JSON object per line: files, kinds, tables, proofs, summary."`
	Quiet     bool     `short:"q" help:"Print nothing but problems."`
}

func (v *convertCmd) request(c *call) (app.ConvertRequest, error) {
	var req app.ConvertRequest
	var err error
	if req.Source, err = v.source(c); err != nil {
		return req, err
	}
	if req.Recipes, err = app.LoadRecipes(v.Recipe); err != nil {
		return req, err
	}
	req.Output = v.Out
	if req.Output == "" {
		req.Output = defaultOutput(v.Input)
	}
	req.Formats, req.Shape, req.Overwrite, req.Workers = v.Format, v.shape(), v.Overwrite, v.Workers
	req.OnePass = v.OnePass
	req.Format = app.FormatOptions{Guard: v.Guard, BOM: v.BOM, CRLF: v.CRLF, Compression: v.Compress}
	switch d := strings.ReplaceAll(v.Delimiter, `\t`, "\t"); len(d) {
	case 0:
	case 1:
		req.Format.Separator = d[0]
	default:
		return req, fmt.Errorf("delimiter %q is not one character", v.Delimiter)
	}
	req.Now = time.Now()
	return req, nil
}

func defaultOutput(input string) string {
	if input == "-" {
		return "stdin-tables"
	}
	base := filepath.Base(filepath.Clean(input))
	return app.BaseName(base) + "-tables"
}

func (v *convertCmd) Run(c *call) error {
	c.json = v.JSON
	req, err := v.request(c)
	if err != nil {
		return err
	}
	line := newProgress(c.Err, v.Quiet || v.JSON)
	req.Progress = line.report()
	began := time.Now()
	res, err := c.app.Convert(c.ctx, req)
	line.clear()
	if err != nil {
		return err
	}
	res.Duration = time.Since(began)
	switch {
	case v.JSON:
		err = conversionJSON(c.Out, res)
	case v.Quiet:
		problems(c.Err, &res.Inventory, false)
	default:
		err = conversionText(c.Out, res)
	}
	if err != nil {
		return err
	}
	if !res.Proved() {
		return fmt.Errorf("values are missing from the tables in %s: this is a defect of Retable, please report it with the lines above", res.Output)
	}
	if res.Partial() {
		return errPartial
	}
	return nil
}

func conversionJSON(w io.Writer, res *app.Conversion) error {
	j := newJSONLines(w)
	writeInventory(j, &res.Inventory)
	for _, t := range res.Tables {
		j.write("table", t)
	}
	for _, p := range res.Proofs {
		j.write("proof", p)
	}
	j.write("summary", struct {
		summary
		Output  string   `json:"output"`
		Proved  bool     `json:"proved"`
		Guarded uint64   `json:"guarded"`
		Changes []string `json:"recipe_changes,omitempty"`
		Seconds float64  `json:"seconds"`
	}{summaryOf(&res.Inventory), res.Output, res.Proved(), res.Guarded, res.Changes, res.Duration.Seconds()})
	return j.err
}

func conversionText(w io.Writer, res *app.Conversion) error {
	say(w, "%s: %s of XML in %s, %s\n\n", shown(res.Name), humanBytes(res.Bytes), count(len(res.Files), "file"), humanDuration(res.Duration))
	tables := columns{right: []bool{true, true}}
	tables.add("ROWS", "COLUMNS", "TABLE")
	n := atMost(len(res.Tables), 4*listed)
	for _, t := range res.Tables[:n] {
		tables.add(thousands(t.Rows), thousands(uint64(t.Columns)), shown(t.Name))
	}
	if left := len(res.Tables) - n; left > 0 {
		tables.add("...", "", fmt.Sprintf("and %s, see datapackage.json", count(left, "more table")))
	}
	if err := tables.print(w, ""); err != nil {
		return err
	}
	fmt.Fprintln(w)
	for _, ch := range res.Changes {
		say(w, "recipe: %s\n", shown(ch))
	}
	problems(w, &res.Inventory, false)
	proofText(w, res)
	if res.Guarded > 0 {
		fmt.Fprintf(w, "%s defused by a leading apostrophe\n", count(res.Guarded, "formula cell"))
	}
	_, err := fmt.Fprintf(w, "Written to %s\n", res.Output)
	return err
}

func proofText(w io.Writer, res *app.Conversion) {
	var values, accounted, incomplete, excluded uint64
	for _, p := range res.Proofs {
		values += p.Values
		accounted += p.Accounted
		incomplete += p.Incomplete
		excluded += p.Excluded
		for _, l := range p.Lost {
			fmt.Fprintf(w, "LOST: %s: %s of %s\n", shown(l.Path), thousands(l.Emitted), count(l.Expected, "value"))
		}
	}
	if res.OnePass {
		fmt.Fprintln(w, "read in one pass: no column types, statistics and proof")
		return
	}
	text := fmt.Sprintf("%s of %s accounted for", thousands(accounted), count(values, "value"))
	switch {
	case incomplete == 1:
		text += ", 1 of them in a row that was incomplete where a file broke"
	case incomplete > 1:
		text += fmt.Sprintf(", %s of them in rows that were incomplete where a file broke", thousands(incomplete))
	}
	if excluded > 0 {
		text += fmt.Sprintf("; %s left out by recipe", thousands(excluded))
	}
	say(w, "%s\n", text)
}
