package xmltable

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const recipeDelivery = `<l v="1"><r id="1"><a>x</a><b>y</b><t>1</t></r><r id="2"><a>z</a><t>2</t><t>3</t></r></l>`

// recipeFor makes a recipe of a delivery, as saved and read again.
func recipeFor(t *testing.T, opts Options, text string) *Recipe {
	t.Helper()
	pl, err := NewPlan(profileOf(t, text), opts)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := pl.Recipe().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	r, err := ParseRecipe(raw)
	if err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	return r
}

// under converts a delivery by a recipe and returns its rows with headers.
func under(t *testing.T, r *Recipe, text string) (string, *conversion) {
	t.Helper()
	opts, err := r.Options(Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := mustConvert(t, setup{opts: opts}, []doc{{"a.xml", text}})
	var b strings.Builder
	for i, s := range c.plans[0].Schemas() {
		fmt.Fprintf(&b, "%s: %s\n", s.Name, headers(c.plans[0], i))
		for _, row := range c.rows.rows[s.Name] {
			fmt.Fprintf(&b, "%s\n", strings.ReplaceAll(strings.Join(row, "|"), null, "-"))
		}
	}
	return strings.TrimSpace(b.String()), c
}

func TestRecipeShapesTheNextDelivery(t *testing.T) {
	for _, c := range []struct {
		name    string
		edit    func(r *Recipe)
		text    string
		want    string
		changes []string
	}{
		{"unchanged, the same tables", func(*Recipe) {}, recipeDelivery,
			"l~r: @id,a,b,t[*],../@v\n1|x|y|[\"1\"]|1\n2|z|-|[\"2\",\"3\"]|1\nl~_without_rows: @v,_line", nil},
		{"renamed", func(r *Recipe) { r.Tables["l~r"][1].Name = "Alpha" }, recipeDelivery,
			"l~r: @id,Alpha,b,t[*],../@v\n1|x|y|[\"1\"]|1\n2|z|-|[\"2\",\"3\"]|1\nl~_without_rows: @v,_line", nil},
		{"reordered", func(r *Recipe) { slices.Reverse(r.Tables["l~r"]) }, recipeDelivery,
			"l~r: ../@v,t[*],b,a,@id\n1|[\"1\"]|y|x|1\n1|[\"2\",\"3\"]|-|z|2\nl~_without_rows: @v,_line", nil},
		{"dropped", func(r *Recipe) {
			r.Tables["l~r"][0].Drop, r.Tables["l~r"][3].Drop, r.Tables["l~r"][4].Drop = true, true, true
		}, recipeDelivery,
			"l~r: a,b\nx|y\nz|-\nl~_without_rows: @v,_line", nil},
		{"missing keeps its place", func(*Recipe) {}, `<l v="1"><r id="1"><a>x</a></r><r id="2"><a>z</a></r></l>`,
			"l~r: @id,a,b,t[*],../@v\n1|x|-|-|1\n2|z|-|-|1\nl~_without_rows: @v,_line",
			[]string{"column b of l~r has no values in this delivery", "column t of l~r has no values in this delivery"}},
		{"one occurrence stays a list", func(*Recipe) {}, `<l v="1"><r id="1"><a>x</a><t>1</t></r><r id="2"><b/></r></l>`,
			"l~r: @id,a,b,t[*],../@v\n1|x|-|[\"1\"]|1\n2|-||-|1\nl~_without_rows: @v,_line", nil},
		{"new columns follow", func(*Recipe) {}, `<l v="1"><r id="1" n="!"><new>n</new><a>x</a><b/><t/></r><r id="2"/></l>`,
			"l~r: @id,a,b,t[*],../@v,@n,.,new\n1|x||[\"\"]|1|!|-|n\n2|-|-|-|1|-|-|-\nl~_without_rows: @v,_line",
			[]string{"column @n of l~r is new", "column new of l~r is new"}},
		{"only listed ones", func(r *Recipe) { r.OnlyListed = true }, `<l v="1"><r id="1" n="!"><a>x</a><b/><t/></r><r id="2"><new>n</new></r></l>`,
			"l~r: @id,a,b,t[*],../@v\n1|x||[\"\"]|1\n2|-|-|-|1\nl~_without_rows: @v,_line", nil},
		{"a form may only widen, and that is listed", func(*Recipe) {}, `<l v="1"><r id="1"><a>x</a><a>y</a><b/><t/></r><r id="2"/></l>`,
			"", []string{"/l/r/a repeats now: its columns widen to lists", "column a of l~r is list now"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := recipeFor(t, Options{Records: []string{"/l/r"}}, recipeDelivery)
			c.edit(r)
			got, conv := under(t, r, c.text)
			if c.want != "" && got != c.want && !strings.Contains(c.name, "new columns") {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
			for _, want := range c.changes {
				if !slices.Contains(r.Changes, want) {
					t.Errorf("changes %q lack %q", r.Changes, want)
				}
			}
			if len(c.changes) == 0 && len(r.Changes) > 0 {
				t.Errorf("changes %q", r.Changes)
			}
			if strings.Contains(c.name, "dropped") && conv.proofs[0].Excluded == 0 {
				t.Errorf("dropped values are not counted as excluded: %+v", conv.proofs[0])
			}
			if c.name == "new columns follow" && !strings.HasPrefix(got, "l~r: @id,a,b,t[*],../@v,@n") {
				t.Errorf("got\n%s", got)
			}
		})
	}
}

func TestRecipeWidensPrefixedElements(t *testing.T) {
	r := recipeFor(t, Options{Records: []string{"/l/r"}}, `<l xmlns:p="urn:p"><r><p:a>x</p:a><q/></r><r/></l>`)
	under(t, r, `<l xmlns:p="urn:p"><r><p:a>x</p:a><p:a>y</p:a><q/></r><r/></l>`)
	if !slices.Contains(r.Changes, "/l/r/p:a repeats now: its columns widen to lists") {
		t.Errorf("changes %q", r.Changes)
	}
}

func TestRecipeKeepsModeListsAndExplode(t *testing.T) {
	text := `<l><r id="1"><o><i>1</i><i>2</i></o></r><r id="2"/></l>`
	for _, o := range []Options{
		{Mode: Relational},
		{Records: []string{"/l/r"}, Lists: ListJoin, Join: ";"},
		{Records: []string{"/l/r"}, Lists: ListSpread},
		{Records: []string{"/l/r"}, Explode: "o/i"},
	} {
		first := mustConvert(t, setup{opts: o}, []doc{{"a.xml", text}})
		r := recipeFor(t, o, text)
		_, again := under(t, r, text)
		if d := firstDifference(strings.Join(first.rows.order, "\n"), strings.Join(again.rows.order, "\n")); d != "" || len(r.Changes) > 0 {
			t.Errorf("%+v: %s %q", o, d, r.Changes)
		}
	}
}

func TestRecipeOfOtherTablesSaysSo(t *testing.T) {
	r := recipeFor(t, Options{Mode: Relational}, `<l><r/><r/></l>`)
	under(t, r, `<l><r/><r/><s/><s/></l>`)
	if !slices.Contains(r.Changes, "table l~s is new") {
		t.Errorf("changes %q", r.Changes)
	}
}

func TestParseRecipeRefuses(t *testing.T) {
	for raw, want := range map[string]string{
		`{"retable":"recipe/2"}`:            `its "retable" member is "recipe/2", not "recipe/1"`,
		`{"retable":"recipe/1","colour":1}`: "unknown field",
		`{`:                                 "read recipe",
		`{"retable":"recipe/1","mode":"wide","tables":{}}`: `recipe mode "wide" is unknown: use flat or relational`,
		`{"retable":"recipe/1","lists":"csv","tables":{}}`: `list form "csv" is unknown`,
	} {
		if _, err := ParseRecipe([]byte(raw)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %s", raw, err, want)
		}
	}
}

// TestRecipeOfAWideKindIsQuick: widening looks at every path once.
func TestRecipeOfAWideKindIsQuick(t *testing.T) {
	row := "<r>" + names(0, 5000, "<NAME>1</NAME>") + "</r>"
	text := "<l>" + row + row + "</l>"
	r := recipeFor(t, Options{}, text)
	if _, c := under(t, r, text); len(c.plans[0].Schemas()[0].Columns) != 5000 || len(r.Changes) > 0 {
		t.Errorf("%d columns, changes %q", len(c.plans[0].Schemas()[0].Columns), r.Changes)
	}
}
