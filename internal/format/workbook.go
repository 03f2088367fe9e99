package format

import (
	"fmt"
	"strings"
)

// The fixed parts of a workbook. Sheets are the default type of XML files
// here, so that the list of types can stand first without knowing them.
const (
	xmlHead      = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	spreadsheet  = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	relations    = "http://schemas.openxmlformats.org/package/2006/relationships"
	document     = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	sheetType    = "application/vnd.openxmlformats-officedocument.spreadsheetml."
	contentTypes = xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="` + sheetType + `worksheet+xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="` + sheetType + `sheet.main+xml"/>` +
		`<Override PartName="/xl/styles.xml" ContentType="` + sheetType + `styles+xml"/></Types>`
	packageRels = xmlHead + `<Relationships xmlns="` + relations + `"><Relationship Id="rId1" Type="` + document +
		`/officeDocument" Target="xl/workbook.xml"/></Relationships>`
	stylesXML = xmlHead + `<styleSheet xmlns="` + spreadsheet + `"><fonts count="2">` +
		`<font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>` +
		`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
		`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
		`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
		`<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
		`<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>` +
		`<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`
)

// workbookXML lists the sheets: those of tables first, then Retable's own,
// which were begun in between.
func workbookXML(sheets []sheetRef) string {
	var b strings.Builder
	b.WriteString(xmlHead + `<workbook xmlns="` + spreadsheet + `" xmlns:r="` + document + `"><sheets>`)
	for _, own := range []bool{false, true} {
		for i, s := range sheets {
			if s.own == own {
				name := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(s.name)
				fmt.Fprintf(&b, `<sheet name="%s" sheetId="%d" r:id="rId%d"/>`, name, i+1, i+1)
			}
		}
	}
	b.WriteString(`</sheets></workbook>`)
	return b.String()
}

func workbookRels(sheets int) string {
	var b strings.Builder
	b.WriteString(xmlHead + `<Relationships xmlns="` + relations + `">`)
	for i := 1; i <= sheets; i++ {
		fmt.Fprintf(&b, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, i, document, i)
	}
	fmt.Fprintf(&b, `<Relationship Id="rId%d" Type="%s/styles" Target="styles.xml"/></Relationships>`, sheets+1, document)
	return b.String()
}
