package llm

import (
	"strings"

	"retable/internal/retable"
)

// prefix is what a model was trained to see before a text.
type prefix struct{ document, query string }

// of returns the prefix for a purpose.
func (p prefix) of(purpose retable.Purpose) string {
	if purpose == retable.ForQuery {
		return p.query
	}
	return p.document
}

// String is how the prefixes enter a model's fingerprint.
func (p prefix) String() string {
	if p == (prefix{}) {
		return ""
	}
	return p.document + "|" + p.query
}

// add puts the prefix before each text.
func (p prefix) add(texts []string, purpose retable.Purpose) []string {
	head := p.of(purpose)
	if head == "" {
		return texts
	}
	with := make([]string, len(texts))
	for i, text := range texts {
		with[i] = head + text
	}
	return with
}

// prefixes are those that the models' cards ask for; first match wins. Without
// them the models still work, but rank worse.
var prefixes = []struct {
	part string // of the model's name, in lower case
	prefix
}{
	{"nomic-embed", prefix{"search_document: ", "search_query: "}},
	{"mxbai-embed", prefix{"", "Represent this sentence for searching relevant passages: "}},
	{"snowflake-arctic-embed2", prefix{"", "query: "}},
	{"snowflake-arctic-embed", prefix{"", "Represent this sentence for searching relevant passages: "}},
	{"embeddinggemma", prefix{"title: none | text: ", "task: search result | query: "}},
	{"qwen3-embedding", prefix{"", "Instruct: Given a question, retrieve rows that answer it\nQuery:"}},
	{"multilingual-e5", prefix{"passage: ", "query: "}},
	{"e5-", prefix{"passage: ", "query: "}},
	{"bge-m3", prefix{}},
	{"bge-", prefix{"", "Represent this sentence for searching relevant passages: "}},
}

// prefixOf finds the prefixes of a model by its name.
func prefixOf(model string) prefix {
	name := strings.ToLower(model)
	for _, p := range prefixes {
		if strings.Contains(name, p.part) {
			return p.prefix
		}
	}
	return prefix{}
}
