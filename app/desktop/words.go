package desktop

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"retable/app"
	"retable/internal/obs"
	"retable/internal/retable"
)

// words is what the window itself says: menus, dialogs, messages of the
// desktop. The page has its own.
type words struct {
	language string

	File        string `json:"file"`
	OpenBundles string `json:"openBundles"`
	OpenFolder  string `json:"openFolder"`
	Settings    string `json:"settings"`
	DataFolder  string `json:"dataFolder"`
	Quit        string `json:"quit"`

	Edit      string `json:"edit"`
	Undo      string `json:"undo"`
	Redo      string `json:"redo"`
	Cut       string `json:"cut"`
	Copy      string `json:"copy"`
	Paste     string `json:"paste"`
	SelectAll string `json:"selectAll"`
	Palette   string `json:"palette"`

	View     string `json:"view"`
	Sessions string `json:"sessions"`
	Compare  string `json:"compare"`
	Ask      string `json:"ask"`
	Jobs     string `json:"jobs"`
	Watches  string `json:"watches"`
	Recipes  string `json:"recipes"`
	Reload   string `json:"reload"`
	Full     string `json:"full"`

	Help  string `json:"help"`
	Keys  string `json:"keys"`
	About string `json:"about"`

	PickBundles string `json:"pickBundles"`
	PickFolder  string `json:"pickFolder"`
	Save        string `json:"save"`
	Bundles     string `json:"bundles"`
	AllFiles    string `json:"allFiles"`

	Converted string `json:"converted"`
	Compared  string `json:"compared"`
	Indexed   string `json:"indexed"`
	Exported  string `json:"exported"`
	Failed    string `json:"failed"`
}

//go:embed locales/*.json
var locales embed.FS

// languages are those of the page, too.
func languages() []string { return []string{"en", "de"} }

// wordsOf reads the words of a language: English where it isn't known.
func wordsOf(language string) (*words, error) {
	if !slices.Contains(languages(), language) {
		language = languages()[0]
	}
	raw, err := locales.ReadFile("locales/" + language + ".json")
	if err != nil {
		return nil, err
	}
	w := &words{language: language}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(w); err != nil {
		return nil, fmt.Errorf("words of %s: %w", language, err)
	}
	return w, nil
}

// speech is what the window says now.
type speech struct{ now atomic.Pointer[words] }

func (s *speech) words() *words { return s.now.Load() }

// speak goes on in a language; "": the desktop's.
func (s *speech) speak(language string) error {
	if language == "" {
		language = locale()
	}
	w, err := wordsOf(language)
	if err != nil {
		w = &words{language: language}
	}
	s.now.Store(w)
	return err
}

// SetLanguage says which language the page has: the menus follow, now and at
// the next start. It needs no data root: the page speaks without one, too.
func (a *App) SetLanguage(language string) error {
	if !slices.Contains(languages(), language) {
		return &retable.Error{Code: retable.Invalid, Detail: "The window speaks " + strings.Join(languages(), " and ") + "."}
	}
	if a.speech.words().language == language {
		return nil
	}
	if err := a.speech.speak(language); err != nil {
		return err
	}
	a.win.setMenu(a.menu())
	a.standing.mu.Lock()
	defer a.standing.mu.Unlock()
	if err := keepLanguage(placeFile(a.root()), language); err != nil {
		a.log.Warn("the window's language could not be kept", obs.Err(err))
	}
	return nil
}

// locale is the desktop's language: de or en.
func locale() string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := os.Getenv(name); v != "" {
			if language, _, _ := strings.Cut(strings.ToLower(v), "_"); strings.HasPrefix(language, "de") {
				return "de"
			}
			return "en"
		}
	}
	return "en"
}

// told is what is said about a job that is over.
func (w *words) told(j *app.Job) (title, body string) {
	body = j.Subject
	if j.Status != string(retable.JobSuccess) {
		if j.Error != "" {
			body += ": " + j.Error
		}
		return w.Failed, body
	}
	switch retable.JobKind(j.JobType) {
	case retable.JobCompare:
		title = w.Compared
	case retable.JobIndex:
		title = w.Indexed
	case retable.JobExport:
		title = w.Exported
	default:
		title = w.Converted
	}
	if j.Message != "" {
		body += " · " + j.Message
	}
	return title, body
}
