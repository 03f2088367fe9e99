package archive

import (
	"bytes"
	"path"
	"strings"
)

// The kinds of bundles.
const (
	KindZip       = "zip"
	KindTar       = "tar" // also compressed
	KindDirectory = "directory"
	KindFile      = "file"
	KindGzip      = "gzip"
	KindBzip2     = "bzip2"
	KindZstd      = "zstd"
)

// headSize is how much of a file is looked at to tell what it is; a tar's
// signature lies 257 bytes in.
const headSize = 512

// content is what the first bytes of a file say it is.
type content uint8

const (
	contentOther content = iota
	contentXML
	contentZip
	contentTar
	contentGzip
	contentBzip2
	contentZstd
	contentOffice // OLE2: .doc, .xls, .ppt, .msi
	contentAppleDouble
)

// compressed tells the kinds that hold one file each.
func (c content) compressed() bool {
	return c == contentGzip || c == contentBzip2 || c == contentZstd
}

// kind returns the bundle kind of a top-level file with this content.
func (c content) kind() string {
	switch c {
	case contentGzip:
		return KindGzip
	case contentBzip2:
		return KindBzip2
	case contentZstd:
		return KindZstd
	case contentZip:
		return KindZip
	case contentTar:
		return KindTar
	}
	return KindFile
}

// contentOf tells content by signature.
func contentOf(head []byte) content {
	starts := func(magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }
	switch {
	case starts("PK\x03\x04"), starts("PK\x05\x06"), starts("PK\x07\x08"):
		return contentZip
	case starts("\x1f\x8b"):
		return contentGzip
	case isBzip2(head):
		return contentBzip2
	case starts("\x28\xb5\x2f\xfd"):
		return contentZstd
	case starts("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
		return contentOffice
	case starts("\x00\x05\x16\x07"):
		return contentAppleDouble
	case len(head) >= 262 && string(head[257:262]) == "ustar":
		return contentTar
	case looksLikeXML(head):
		return contentXML
	}
	return contentOther
}

// isBzip2 wants more than "BZh": text may begin so.
func isBzip2(head []byte) bool {
	if len(head) < 10 || string(head[:3]) != "BZh" || head[3] < '1' || head[3] > '9' {
		return false
	}
	block := string(head[4:10])
	return block == "\x31\x41\x59\x26\x53\x59" || block == "\x17\x72\x45\x38\x50\x90"
}

// looksLikeXML tells whether the first character that isn't white space is
// "<", in UTF-8, UTF-16, UTF-32 or EBCDIC. (Whether an encoding is supported
// is the tokenizer's to say.)
func looksLikeXML(head []byte) bool {
	if bytes.HasPrefix(head, []byte("\x4c\x6f\xa7\x94")) { // "<?xm" in EBCDIC
		return true
	}
	for _, bom := range []string{"\xef\xbb\xbf", "\x00\x00\xfe\xff", "\xff\xfe", "\xfe\xff"} {
		if bytes.HasPrefix(head, []byte(bom)) {
			head = head[len(bom):]
			break
		}
	}
	zeros := 0 // high bytes of wide characters; more in a row are binary data
	for _, c := range head {
		switch c {
		case '<':
			return true
		case ' ', '\t', '\r', '\n':
			zeros = 0
		case 0:
			if zeros++; zeros > 3 {
				return false
			}
		default:
			return false
		}
	}
	return false
}

// maybePacked tells from its first byte whether a file may have one of the
// signatures that are looked for in a file named as XML. No XML begins so.
func maybePacked(first byte) bool {
	return first == 0x1f || first == 'B' || first == 0x28 || first == 'P'
}

// verdict is what a file's name says about it.
type verdict uint8

const (
	lookInside verdict = iota // the content decides
	takeAsXML
	skipIt
)

// judgeName says whether a file of this name is XML. The reason is set for
// files to skip. Files of unknown kind are looked into.
func judgeName(name string) (v verdict, reason string) {
	base := strings.ToLower(path.Base(name))
	if strings.HasPrefix(name, "__MACOSX/") || strings.Contains(name, "/__MACOSX/") {
		return skipIt, "macOS file attributes"
	}
	if strings.HasPrefix(base, "._") { // macOS attributes too, more often than not
		return lookInside, ""
	}
	ext := path.Ext(base)
	switch ext {
	case ".gz", ".bz2", ".zst":
		ext = path.Ext(strings.TrimSuffix(base, ext))
		if isXMLExtension(ext) {
			return takeAsXML, ""
		}
		return lookInside, ""
	}
	if isXMLExtension(ext) {
		return takeAsXML, ""
	}
	if reason = otherKind(ext); reason != "" {
		return skipIt, reason
	}
	return lookInside, ""
}

func isXMLExtension(ext string) bool {
	switch ext {
	case ".xml", ".xsd", ".xsl", ".xslt", ".xhtml", ".xht", ".svg", ".rss", ".atom", ".rdf", ".owl",
		".gpx", ".kml", ".gml", ".osm", ".osc", ".tcx", ".musicxml", ".nxml", ".xbrl", ".wsdl", ".wadl",
		".tei", ".dbk", ".dita", ".ditamap", ".xlf", ".xliff", ".tmx", ".resx", ".pom", ".opml", ".mml",
		".mathml", ".sbml", ".cml", ".dae", ".x3d", ".xmi", ".bpmn", ".dmn", ".jnlp", ".fxml", ".ubl",
		".camt", ".pain", ".pacs", ".onix", ".jats", ".cda", ".xccdf", ".oval", ".xspf", ".xul", ".xmp":
		return true
	}
	return false
}

// otherKind names what a file of this extension is, when it is surely no XML
// that anybody wants as tables, even if it begins with "<".
func otherKind(ext string) string {
	switch ext {
	case ".html", ".htm":
		return "an HTML page"
	case ".json", ".jsonl", ".ndjson", ".geojson", ".csv", ".tsv", ".parquet", ".yaml", ".yml", ".toml", ".sql", ".sqlite", ".db":
		return "data in another format (" + ext[1:] + ")"
	case ".pdf":
		return "a PDF document"
	case ".doc", ".xls", ".ppt", ".msg", ".docx", ".docm", ".xlsx", ".xlsm", ".xlsb", ".pptx", ".pptm",
		".odt", ".ods", ".odp", ".odg", ".vsdx", ".epub":
		return "an office document"
	case ".jar", ".war", ".ear", ".apk", ".aar", ".nupkg", ".whl", ".exe", ".dll", ".so", ".dylib", ".class":
		return "a program"
	case ".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".ico", ".heic":
		return "a picture"
	case ".mp3", ".mp4", ".m4a", ".avi", ".mov", ".wav", ".ogg", ".mkv", ".webm":
		return "sound or film"
	case ".js", ".mjs", ".css", ".ttf", ".otf", ".woff", ".woff2":
		return "part of a web page"
	case ".dtd", ".ent":
		return "a DTD or entity file, no document"
	case ".7z", ".rar", ".xz", ".lz4", ".cab", ".iso", ".z":
		return "an archive of a kind that isn't opened (" + ext[1:] + "): unpack it first"
	case ".md":
		return "a text"
	}
	return ""
}
