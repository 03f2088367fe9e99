package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"retable/app"
)

type scanCmd struct {
	inputFlags
	Record []string `short:"r" sep:"none" placeholder:"PATH" help:"Show the inventory with this record element."`
	Files  bool     `help:"List every file and every problem, not only the first few."`
	JSON   bool     `name:"json" help:"One JSON object per line: files, kinds, summary."`
	Quiet  bool     `short:"q" help:"Print nothing but problems."`
}

// listed is how many files a summary lists.
const listed = 12

func (s *scanCmd) Run(c *call) error {
	c.json = s.JSON
	src, err := s.source(c)
	if err != nil {
		return err
	}
	line := newProgress(c.Err, s.Quiet || s.JSON)
	inv, err := c.app.Scan(c.ctx, app.ScanRequest{Source: src, Workers: s.Workers, Progress: line.report(), Shape: app.Shape{Records: s.Record}})
	line.clear()
	if err != nil {
		return err
	}
	switch {
	case s.JSON:
		err = inventoryJSON(c.Out, inv)
	case s.Quiet:
		problems(c.Err, inv, s.Files)
	default:
		err = inventoryText(c.Out, inv, s.Files)
	}
	switch {
	case err != nil:
		return err
	case inv.Unread():
		return errUnread
	case inv.Partial():
		return errPartial
	}
	return nil
}

// jsonLines writes one object per line, each with its type.
type jsonLines struct {
	enc *json.Encoder
	err error
}

func newJSONLines(w io.Writer) *jsonLines {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return &jsonLines{enc: enc}
}

// value writes an object as it is.
func (j *jsonLines) value(v any) {
	if j.err == nil {
		j.err = j.enc.Encode(v)
	}
}

func (j *jsonLines) write(kind string, v any) {
	if j.err != nil {
		return
	}
	b, err := json.Marshal(v)
	if err != nil {
		j.err = err
		return
	}
	var fields map[string]json.RawMessage
	if j.err = json.Unmarshal(b, &fields); j.err != nil {
		return
	}
	name, err := json.Marshal(kind)
	if err != nil {
		j.err = err
		return
	}
	fields["type"] = name
	j.err = j.enc.Encode(fields)
}

func inventoryJSON(w io.Writer, inv *app.Inventory) error {
	j := newJSONLines(w)
	writeInventory(j, inv)
	j.write("summary", summaryOf(inv))
	return j.err
}

func writeInventory(j *jsonLines, inv *app.Inventory) {
	for _, f := range inv.Files {
		j.write("file", f)
	}
	for _, k := range inv.Kinds {
		j.write("kind", k)
	}
	for _, r := range inv.Refused {
		j.write("refused", r)
	}
	for _, s := range inv.Skipped {
		j.write("skipped", s)
	}
	for _, x := range inv.Warnings {
		j.write("warning", x)
	}
}

type summary struct {
	Name     string `json:"name"`
	Form     string `json:"form"`
	Files    int    `json:"files"`
	Bytes    int64  `json:"bytes"`
	Elements uint64 `json:"elements"`
	Values   uint64 `json:"values"`
	Partial  bool   `json:"partial"`
}

func summaryOf(inv *app.Inventory) summary {
	return summary{inv.Name, inv.Form, len(inv.Files), inv.Bytes, inv.Elements, inv.Values, inv.Partial()}
}

func inventoryText(w io.Writer, inv *app.Inventory, all bool) error {
	say(w, "%s (%s): %s of XML in %s, %s\n\n", shown(inv.Name), inv.Form,
		humanBytes(inv.Bytes), count(len(inv.Files), "file"), count(inv.Elements, "element"))
	if len(inv.Kinds) > 0 {
		kinds := columns{right: []bool{false, true, true}}
		kinds.add("KIND", "FILES", "ROWS", "COVERAGE", "RECORD")
		for _, k := range inv.Kinds {
			kinds.add(shortKind(k.Kind), thousands(uint64(k.Files)), thousands(k.Rows),
				fmt.Sprintf("%.0f %% (%s)", 100*k.Coverage, k.Confidence), shown(strings.Join(k.Records, " | ")))
		}
		if err := kinds.print(w, ""); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	return filesText(w, inv, all)
}

func filesText(w io.Writer, inv *app.Inventory, all bool) error {
	files := columns{right: []bool{false, true}}
	files.add("FILE", "SIZE", "ENCODING", "KIND", "STATUS")
	shownFiles, odd := filesToShow(inv, all)
	for _, i := range shownFiles {
		f := &inv.Files[i]
		files.add(shown(f.Path), humanBytes(f.Bytes), shown(f.Encoding), shortKind(f.Kind), f.Status)
	}
	if err := files.print(w, ""); err != nil {
		return err
	}
	switch left := len(inv.Files) - len(shownFiles); {
	case left > 0 && odd > 0:
		say(w, "... and %s, %s of them with problems (--files lists them)\n", count(left, "more file"), thousands(uint64(odd)))
	case left > 0:
		say(w, "... and %s, all ok (--files lists them)\n", count(left, "more file"))
	}
	if inv.Partial() || len(inv.Skipped)+len(inv.Warnings) > 0 {
		fmt.Fprintln(w)
	}
	problems(w, inv, all)
	return nil
}

// filesToShow are the first files, and after them those with problems as far
// as there is room; odd counts the problems that are left out.
func filesToShow(inv *app.Inventory, all bool) (show []int, odd int) {
	most := atMost(len(inv.Files), listed)
	if all {
		most = len(inv.Files)
	}
	for i := range inv.Files {
		ok := inv.Files[i].Status == app.StatusOK
		switch {
		case i < most, !ok && len(show) < 2*listed:
			show = append(show, i)
		case !ok:
			odd++
		}
	}
	return show, odd
}

// problems lists what could not be read, and what was odd: the first few of
// each sort, or all.
func problems(w io.Writer, inv *app.Inventory, all bool) {
	told := map[string]bool{} // what a file's report says need not be said again
	sorts := map[string][]string{}
	var order []string
	add := func(sort, line string) {
		if sorts[sort] == nil {
			order = append(order, sort)
		}
		sorts[sort] = append(sorts[sort], line)
	}
	for _, f := range inv.Files {
		if f.Status != app.StatusOK {
			add(f.Status, shown(f.Path)+": "+shown(f.Error))
			told[f.Error] = true
		}
	}
	for _, r := range inv.Refused {
		if !told[r.Error] {
			add("refused", shown(r.Error))
		}
	}
	for _, s := range inv.Skipped {
		add("skipped", shown(s.Path)+": "+shown(s.Reason))
	}
	for _, x := range inv.Warnings {
		add("warning", shown(x.Path)+": "+shown(x.Message))
	}
	for _, sort := range order {
		lines := sorts[sort]
		n := atMost(len(lines), listed)
		if all {
			n = len(lines)
		}
		for _, line := range lines[:n] {
			say(w, "%s: %s\n", sort, line)
		}
		if left := len(lines) - n; left > 0 {
			say(w, "%s: ... and %s more (retable scan --files lists them all)\n", sort, thousands(uint64(left)))
		}
	}
}

// shortKind shows a kind's local name with the end of its namespace.
func shortKind(kind string) string {
	i := strings.LastIndexByte(kind, '}')
	if i < 0 {
		return shown(kind)
	}
	space := strings.TrimRight(kind[1:i], "/:#")
	return shown(kind[i+1:] + " {" + space[strings.LastIndexAny(space, "/:#")+1:] + "}")
}

// count writes a number with its noun.
func count[N int | uint64](n N, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return thousands(uint64(n)) + " " + what + "s"
}
