package rag

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"
	"time"

	"retable/internal/table"
	"retable/internal/tabledb"
	"retable/internal/xmltable"
	"retable/internal/xmltok"
)

// shop is a small delivery with owners, parts, dates, flags, units and empties.
const shop = `<Export>
 <Customer id="C-1" tier="gold"><Name>Ann Lee</Name><City>Berlin</City><CreditLine currency="EUR">100.10</CreditLine><Since>2020-02-03</Since><Active>true</Active>
  <Orders><Order no="O-1" state="open"><Placed>2024-03-01T10:00:00Z</Placed><Total>10.10</Total></Order><Order no="O-2" state="sent"><Placed>2024-03-31T23:59:59Z</Placed><Total>20.20</Total></Order></Orders></Customer>
 <Customer id="C-2" tier="silver"><Name>Bob Ray</Name><City>Paris</City><CreditLine currency="EUR">250</CreditLine><Since>2021-06-01</Since><Active>false</Active><Mail>bob@example.org</Mail>
  <Orders><Order no="O-3" state="open"><Placed>2024-04-01T00:00:00Z</Placed><Total>0.30</Total></Order></Orders></Customer>
 <Customer id="C-3" tier="gold"><Name>Cy Dee</Name><City>Berlin</City><CreditLine currency="USD">99.9</CreditLine><Since>2021-12-31</Since><Active>true</Active><Mail>cy@example.org</Mail></Customer>
 <Customer id="C-4" tier="basic"><Name>Di Eff</Name><City>Paris</City><Since>2023-01-01</Since><Active>true</Active><Mail>di@example.org</Mail>
  <Orders><Order no="O-4" state="void"><Placed>2025-01-02T08:00:00Z</Placed><Total>1000.00</Total></Order></Orders></Customer>
</Export>`

const shopPlaces = `<places><place code="DE" town="Berlin" area="891.7"/><place code="FR" town="Paris" area="105.4"/></places>`

// tables converts documents to a file of tables.
func tables(t testing.TB, docs ...string) *tabledb.DB {
	t.Helper()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "tables.sqlite")
	w, err := tabledb.Create(path, tabledb.Options{Engine: "test"})
	must(t, err)
	defer w.Abort()
	scanner := xmltable.NewScanner(xmltok.Options{}, 0)
	for i, d := range docs {
		fp, err := scanner.File(ctx, i, bytes.NewReader([]byte(d)))
		must(t, err)
		w.AddFile(tabledb.File{ID: int64(i + 1), Path: "in/" + string(rune('a'+i)) + ".xml", SHA256: string(rune('a'+i)) + "0", Kind: fp.Kind, Bytes: int64(len(d)), Status: "complete"})
	}
	var plans []*xmltable.Plan
	for _, p := range scanner.Profiles().Kinds() {
		plan, err := xmltable.NewPlan(p, xmltable.Options{Mode: xmltable.Relational})
		must(t, err)
		plans = append(plans, plan)
	}
	sink := &tableSink{writers: map[string]table.RowWriter{}}
	for _, p := range plans {
		for _, s := range p.Schemas() {
			rw, err := w.Table(s)
			must(t, err)
			sink.writers[s.Name] = rw
		}
	}
	f := xmltable.NewFlattener(plans, sink, xmltable.FlattenOptions{Scratch: t.TempDir()})
	defer f.Close()
	for i, d := range docs {
		_, err := f.File(ctx, xmltable.File{Index: i, Path: "in"}, bytes.NewReader([]byte(d)))
		must(t, err)
	}
	for _, rw := range sink.writers {
		must(t, rw.Close())
	}
	must(t, w.Commit(ctx))
	db, err := tabledb.Open(path)
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	return db
}

type tableSink struct{ writers map[string]table.RowWriter }

func (s *tableSink) Row(p *xmltable.Plan, t int, row *table.Row) error {
	return s.writers[p.Tables[t].Schema.Name].Write(row)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// catalogue opens the shop's catalogue.
func catalogue(t testing.TB) *Catalogue {
	t.Helper()
	return catalogueOf(t, tables(t, shop, shopPlaces))
}

func catalogueOf(t testing.TB, dbs ...*tabledb.DB) *Catalogue {
	t.Helper()
	var sources []Source
	for i, db := range dbs {
		sources = append(sources, Source{SessionID: "s" + string(rune('1'+i)), Name: "delivery " + string(rune('1'+i)), DB: db})
	}
	c, err := Open(t.Context(), sources)
	must(t, err)
	t.Cleanup(func() { must(t, c.Close()) })
	return c
}

// clock is what "last month" refers to in tests.
var clock = time.Date(2024, 4, 15, 12, 0, 0, 0, time.UTC)
