package report

import (
	"bufio"
	"encoding/json"
	"io"

	"retable/internal/diff"
)

// NewJSONL writes one JSON object per line, each with its op: first the
// comparison with its options, then the changes as they come, and at the end
// the result.
func NewJSONL(w io.Writer, h Head) Report {
	j := &jsonlReport{out: bufio.NewWriterSize(w, 64<<10), head: h}
	j.enc = json.NewEncoder(j.out)
	j.enc.SetEscapeHTML(false)
	j.err = j.enc.Encode(struct {
		Op      string    `json:"op"`
		Format  string    `json:"retable"`
		Version string    `json:"version,omitempty"`
		Created string    `json:"created,omitempty"`
		Left    Side      `json:"left"`
		Right   Side      `json:"right"`
		Options []Setting `json:"options"`
	}{"comparison", "changes/1", h.Version, h.Created, h.Left, h.Right, h.Options})
	return j
}

type jsonlReport struct {
	silent
	out  *bufio.Writer
	enc  *json.Encoder
	head Head
	err  error // of the first line
}

func (j *jsonlReport) Change(c *diff.Change) error {
	if j.err != nil {
		return j.err
	}
	return j.enc.Encode(c)
}

func (j *jsonlReport) Finish(r *diff.Result) error {
	if j.err != nil {
		return j.err
	}
	s := Summarise(j.head, r)
	err := j.enc.Encode(struct {
		Op         string    `json:"op"`
		Same       bool      `json:"same"`
		Certain    bool      `json:"certain"`
		Similarity float64   `json:"similarity"`
		Waterfall  Waterfall `json:"waterfall"`
		Totals     Totals    `json:"totals"`
	}{"result", s.Same, s.Certain, s.Similarity, s.Waterfall, s.Totals})
	if err != nil {
		return err
	}
	return j.out.Flush()
}
