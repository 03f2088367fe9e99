package rag

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// checkedText is what was kept of a model's answer.
type checkedText struct {
	text     string // with marks that count as the prompt's rows did
	cited    []int  // those marks, in order of appearance
	warnings []string
}

var (
	markOf    = regexp.MustCompile(`\[(\d{1,3})\]`)
	quotation = regexp.MustCompile(`"([^"\n]{2,400})"|“([^”\n]{2,400})”`)
)

func markNumber(mark string) (int, bool) {
	n, err := strconv.Atoi(strings.Trim(mark, "[]"))
	return n, err == nil
}

// check keeps the sentences of an answer that the rows bear out: each must cite
// a row that was given; its figures must occur in those rows or the question;
// its quotations must stand there word for word.
func check(answer string, found []foundRow, question string) checkedText {
	var out checkedText
	var kept []string
	for _, sentence := range sentences(answer) {
		text, marks, unknown := validMarks(sentence, len(found))
		if unknown > 0 {
			out.warn(fmt.Sprintf("%s that no row has was removed.", counted(int64(unknown), "mark", "marks")))
		}
		if strings.TrimSpace(markOf.ReplaceAllString(text, "")) == "" {
			continue
		}
		if why := unsupported(text, marks, found, question); why != "" {
			out.warn("A sentence was dropped: " + why + ".")
			continue
		}
		for _, n := range marks {
			if !slices.Contains(out.cited, n) {
				out.cited = append(out.cited, n)
			}
		}
		kept = append(kept, safeMarkdown(text))
	}
	out.text = strings.TrimSpace(strings.Join(kept, " "))
	return out
}

func (c *checkedText) warn(text string) {
	if !slices.Contains(c.warnings, text) {
		c.warnings = append(c.warnings, text)
	}
}

// validMarks removes marks that no row has.
func validMarks(sentence string, rows int) (text string, marks []int, unknown int) {
	text = markOf.ReplaceAllStringFunc(sentence, func(m string) string {
		n, ok := markNumber(m)
		if !ok || n < 1 || n > rows {
			unknown++
			return ""
		}
		marks = append(marks, n)
		return m
	})
	return text, marks, unknown
}

// unsupported says why a sentence can't stand, "" if it can.
func unsupported(text string, marks []int, found []foundRow, question string) string {
	if len(marks) == 0 {
		return "it cites no row"
	}
	var evidence strings.Builder
	for _, n := range marks {
		evidence.WriteString(found[n-1].Text + "\n")
	}
	given := folded(evidence.String())
	for _, m := range quotation.FindAllStringSubmatch(text, -1) {
		if quote := folded(m[1] + m[2]); !strings.Contains(given, quote) {
			return "its quotation stands in no cited row"
		}
	}
	known := append(figures(given), figures(question)...)
	for _, n := range figures(markOf.ReplaceAllString(text, "")) {
		if !slices.Contains(known, n) {
			return "its figure " + n + " stands in no cited row"
		}
	}
	return ""
}

func folded(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// sentences cuts prose at the ends of sentences and lines; marks behind the
// full stop belong to the sentence before it.
func sentences(text string) []string {
	var out []string
	start := 0
	for i := 0; i < len(text); i++ {
		end := i + 1
		switch text[i] {
		case '\n':
		case '.', '!', '?':
			if end < len(text) && text[end] != ' ' && text[end] != '\n' && !markAt(text[end:]) {
				continue
			}
			for {
				rest := strings.TrimLeft(text[end:], " ")
				if !markAt(rest) {
					break
				}
				end = len(text) - len(rest) + strings.IndexByte(rest, ']') + 1
			}
			if end < len(text) && text[end] == '.' {
				end++
			}
		default:
			continue
		}
		if s := strings.TrimSpace(text[start:end]); s != "" {
			out = append(out, s)
		}
		start, i = end, end-1
	}
	if s := strings.TrimSpace(text[start:]); s != "" {
		out = append(out, s)
	}
	return out
}

// markAt reports whether a text begins with a mark.
func markAt(text string) bool {
	at := markOf.FindStringIndex(text)
	return at != nil && at[0] == 0
}
