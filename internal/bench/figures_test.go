package bench

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestVerdictsSayByHowMuch(t *testing.T) {
	for want, v := range map[string]verdict{
		"met": {got: 21, target: 20, unit: "x"},
		"**missed by 5.00x** (75 % of the target)": {got: 15, target: 20, unit: "x"},
		"**missed by 8.00 MB**":                    {got: 40, target: 32, atMost: true, unit: " MB"},
		"not measured: no tool":                    {target: 3, absent: "no tool"},
	} {
		if got := v.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestRatiosAreTakenRoundByRound(t *testing.T) {
	own, other := []run{{CPU: 1}, {CPU: 2}, {CPU: 1}}, []run{{CPU: 10}, {CPU: 10}, {CPU: 30}}
	if got, want := spreadOf(ratios(own, other, cpuOf)).String(), "10.0 [5.00–30.0]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestComparisonSeesWhatDiffersAndNothingElse(t *testing.T) {
	const ours = "_id,@id,a/b[*],x:c,../@v\n1,7,\"[\"\"1\"\", null]\",,z\n2,8,\"[\"\"2\"\"]\",t,z\n"
	for theirs, want := range map[string]string{
		"a/b,@id,c\n\"[\"\"1\"\",null]\",7,\"[null,[null]]\"\n\"[\"\"2\"\"]\",8,t\n": "agrees: 2 rows, 3 columns, 6 cells equal",
		"@id,c\n7,\n9,t\n":                     `DIFFERS in 1 of 4 cells: row 2, @id: "8" against "9"`,
		"@id\n7\n":                             "DIFFERS: 2 rows against 1",
		"@id,new\n7,1\n8,2\n":                  "DIFFERS: columns missing: new",
		"@id,e\n7,\n8,\"[[\"\"\"\",null]]\"\n": "agrees: 2 rows, 1 columns, 2 cells equal (1 always empty ones left out)",
		"nothing\n1\n2\n":                      "DIFFERS: no column in common",
	} {
		dir := t.TempDir()
		a, b := filepath.Join(dir, "a.csv"), filepath.Join(dir, "b.csv")
		for path, content := range map[string]string{a: ours, b: theirs} {
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got, err := CompareCSV(a, b)
		if err != nil {
			t.Fatal(err)
		}
		if got.String() != want {
			t.Errorf("%q:\n got %s\nwant %s", theirs, got, want)
		}
	}
}

func TestReplicatingKeepsADocumentWellFormed(t *testing.T) {
	const doc = `<?xml version="1.0"?><!-- <no> --><p:r xmlns:p="u" a='1'><x>1</x><y/></p:r><!-- end -->`
	big, ok := replicate([]byte(doc), 5000)
	if !ok || len(big) < 5000 {
		t.Fatalf("got %v, %d bytes", ok, len(big))
	}
	var tally Tally
	if err := tokenizeStandard(big, false, &tally); err != nil || tally.Elements < 500 {
		t.Errorf("got %d elements, error %v", tally.Elements, err)
	}
	for _, refused := range []string{"", "<a/>", "<!DOCTYPE a [<!ENTITY e 'x'>]><a><b>&e;</b></a>", "<a><b>\xff</b></a>", "<a><b></a>", "<a><q:b>1</q:b></a>"} {
		if _, ok := replicate([]byte(refused), 100); ok {
			t.Errorf("%q was replicated", refused)
		}
	}
}

func TestMeasuringTellsTimeMemoryAndStatus(t *testing.T) {
	b := setup(t)
	r, err := b.once(t.Context(), &contestant{name: "shell", argv: []string{"/bin/sh", "-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo done"}})
	if err != nil {
		t.Skip(err)
	}
	if r.CPU <= 0 || r.Wall <= 0 || r.RSS <= 0 || r.Text != "done" {
		t.Errorf("got %+v", r)
	}
	partial := &contestant{name: "partial", argv: []string{"/bin/sh", "-c", "echo why >&2; exit 1"}}
	if _, err := b.once(t.Context(), partial); err == nil || !strings.Contains(err.Error(), "why") {
		t.Errorf("got error %v, want the complaint", err)
	}
	partial.partial = true
	if _, err := b.once(t.Context(), partial); err != nil {
		t.Errorf("exit status 1 was not accepted: %v", err)
	}
}
