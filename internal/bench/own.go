package bench

import (
	"bytes"
	"errors"
	"io"

	"retable/internal/xmltok"
)

// newOwn returns Retable's tokenizer, reset and reused as conversion does.
func newOwn() tokenizer {
	tok := xmltok.New(xmltok.Options{})
	return func(doc []byte, check bool, t *Tally) error {
		tok.Reset(bytes.NewReader(doc))
		for {
			k, err := tok.Next()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			switch k.Kind {
			case xmltok.Start, xmltok.Leaf:
				t.Elements++
				for i := range k.Attrs {
					addValue(t, k.Attrs[i].Value, check)
				}
				addText(t, k.Text, check)
			case xmltok.Text:
				addText(t, k.Text, check)
			}
		}
	}
}
