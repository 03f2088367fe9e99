package bench

// Tally is what a tokenizer counts in a document, and the time it took.
// In a check run Text and Values leave white space out, so that they must
// agree whatever a parser makes of indentation.
type Tally struct {
	Elements   int64   `json:"elements"`
	Attributes int64   `json:"attributes"` // without namespace declarations
	Text       int64   `json:"text"`       // bytes of character data
	Values     int64   `json:"values"`     // bytes of attribute values
	Passes     int     `json:"passes"`
	CPU        float64 `json:"cpu"` // seconds for all passes
	Version    string  `json:"version,omitempty"`
}

// sameCounts tells whether two check runs saw the same document.
func (t Tally) sameCounts(o Tally) bool {
	return t.Elements == o.Elements && t.Attributes == o.Attributes && t.Text == o.Text && t.Values == o.Values
}

// addText counts character data.
func addText[T ~string | ~[]byte](t *Tally, s T, check bool) { t.Text += size(s, check) }

// addValue counts an attribute and its value.
func addValue[T ~string | ~[]byte](t *Tally, s T, check bool) {
	t.Attributes++
	t.Values += size(s, check)
}

// size is the length of s, for a check without white space.
func size[T ~string | ~[]byte](s T, check bool) int64 {
	if !check {
		return int64(len(s))
	}
	n := int64(0)
	for i := 0; i < len(s); i++ {
		if c := s[i]; c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			n++
		}
	}
	return n
}
