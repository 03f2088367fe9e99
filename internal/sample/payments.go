package sample

import (
	"fmt"
	"time"
)

const camtSpace = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"

// statement is one month of the bank account.
type statement struct {
	month   time.Time
	opening money
	entries []entry
}

type entry struct {
	ref     string
	amount  money // below zero: a debit
	day     int
	invoice string // the invoice that is paid, "" for fees
	party   string
	info    string
}

func (s *statement) closing() money {
	m := s.opening
	for _, e := range s.entries {
		m += e.amount
	}
	return m
}

func (s *statement) path() string {
	return "payments/statement-" + s.month.Format("2006-01") + ".xml"
}

func (s *statement) date(day int) string {
	return s.month.AddDate(0, 0, day-1).Format(time.DateOnly)
}

// firstMonth is the month of the first of n statements, so that the last
// one is March 2026 and the second delivery adds April.
func firstMonth(n int) time.Time {
	return time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC).AddDate(0, -n, 0)
}

// newStatement books the payments of the given invoices and the bank's fees.
func newStatement(w *words, seed uint64, month time.Time, opening money, invoices []*invoice) statement {
	s := statement{month: month, opening: opening}
	d := newDice(seed, "statement", month.Year()*12+int(month.Month()))
	ref := func() string { return fmt.Sprintf("E%s-%04d", month.Format("200601"), len(s.entries)+1) }
	for _, v := range invoices {
		s.entries = append(s.entries, entry{ref: ref(), amount: v.total(), day: d.between(1, 28), invoice: v.number,
			party: v.name, info: "Invoice " + v.number + ", thank you"})
	}
	for range 2 {
		fee := pick(d, w.fees)
		s.entries = append(s.entries, entry{ref: ref(), amount: -money(d.between(150, 4900)), day: 28, party: "Moorland Bank", info: fee})
	}
	return s
}

// tree returns the entry with the nesting that ISO 20022 gives it.
func (e *entry) tree(s *statement) *element {
	amt, sign, family := e.amount, "CRDT", "RCDT"
	party := "Dbtr"
	if amt < 0 {
		amt, sign, family, party = -amt, "DBIT", "CHRG", "Cdtr"
	}
	details := el("TxDtls", el("Refs", leaf("AcctSvcrRef", e.ref), leaf("EndToEndId", orElse(e.invoice, "NOTPROVIDED"))),
		leaf("Amt", amt.String()).with("Ccy", "EUR"),
		el("RltdPties", el(party, el("Pty", leaf("Nm", e.party)))))
	if e.invoice != "" {
		details.add(el("RmtInf", el("Strd", el("RfrdDocInf",
			el("Tp", el("CdOrPrtry", leaf("Cd", "CINV"))), leaf("Nb", e.invoice)))))
	}
	return el("Ntry", leaf("NtryRef", e.ref), leaf("Amt", amt.String()).with("Ccy", "EUR"), leaf("CdtDbtInd", sign),
		el("Sts", leaf("Cd", "BOOK")), el("BookgDt", leaf("Dt", s.date(e.day))), el("ValDt", leaf("Dt", s.date(e.day))),
		el("BkTxCd", el("Domn", leaf("Cd", "PMNT"), el("Fmly", leaf("Cd", family), leaf("SubFmlyCd", "OTHR")))),
		el("NtryDtls", details), leaf("AddtlNtryInf", e.info))
}

func orElse(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

func balance(code string, m money, date string) *element {
	return el("Bal", el("Tp", el("CdOrPrtry", leaf("Cd", code))), leaf("Amt", m.String()).with("Ccy", "EUR"),
		leaf("CdtDbtInd", "CRDT"), el("Dt", leaf("Dt", date)))
}

func (s *statement) document() *document {
	id := "STMT-" + s.month.Format("2006-01")
	stmt := el("Stmt", leaf("Id", id), leaf("ElctrncSeqNb", fmt.Sprint(int(s.month.Month()))),
		el("Acct", el("Id", leaf("IBAN", "NO9386011117947")), leaf("Ccy", "EUR"), el("Ownr", leaf("Nm", Company))),
		balance("OPBD", s.opening, s.date(1)), balance("CLBD", s.closing(), s.date(28)))
	for i := range s.entries {
		stmt.add(s.entries[i].tree(s))
	}
	stmt.add(leaf("AddtlStmtInf", "End of statement "+id))
	root := el("Document", el("BkToCstmrStmt",
		el("GrpHdr", leaf("MsgId", "MSG-"+id), leaf("CreDtTm", s.date(28)+"T23:55:00+01:00"),
			el("MsgPgntn", leaf("PgNb", "1"), leaf("LastPgInd", "true"))), stmt)).with("xmlns", camtSpace)
	return &document{path: s.path(), kind: "{" + camtSpace + "}Document", encoding: utf8Name, root: root, records: len(s.entries)}
}
