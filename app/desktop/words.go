package desktop

import (
	"os"
	"strings"

	"retable/app"
	"retable/internal/retable"
)

// words is what the window itself says; the page has its own. They follow the
// desktop's language.
type words struct {
	file, openBundles, openFolder, settings, dataFolder, quit    string
	edit, undo, redo, cut, copyIt, paste, selectAll, palette     string
	view, sessions, compare, ask, jobs, watches, reload, full    string
	help, keys, about                                            string
	pickBundles, pickFolder, save, bundles, allFiles             string
	converted, compared, indexed, exported, failed, noDataFolder string
}

func wordsOf(language string) words {
	if language == "de" {
		return words{
			file: "Datei", openBundles: "Lieferung öffnen …", openFolder: "Ordner öffnen …", settings: "Einstellungen", dataFolder: "Datenordner zeigen", quit: "Beenden",
			edit: "Bearbeiten", undo: "Rückgängig", redo: "Wiederholen", cut: "Ausschneiden", copyIt: "Kopieren", paste: "Einfügen", selectAll: "Alles auswählen", palette: "Befehle …",
			view: "Ansicht", sessions: "Sitzungen", compare: "Vergleichen", ask: "Fragen", jobs: "Aufträge", watches: "Beobachtete Ordner", reload: "Neu laden", full: "Vollbild",
			help: "Hilfe", keys: "Tastenkürzel", about: "Über Retable",
			pickBundles: "Lieferungen öffnen", pickFolder: "Ordner öffnen", save: "Speichern unter", bundles: "Lieferungen", allFiles: "Alle Dateien",
			converted: "Umgewandelt", compared: "Verglichen", indexed: "Für Fragen bereit", exported: "Exportiert", failed: "Fehlgeschlagen",
			noDataFolder: "Der Datenordner lässt sich nicht zeigen.",
		}
	}
	return words{
		file: "File", openBundles: "Open bundle …", openFolder: "Open folder …", settings: "Settings", dataFolder: "Show data folder", quit: "Quit",
		edit: "Edit", undo: "Undo", redo: "Redo", cut: "Cut", copyIt: "Copy", paste: "Paste", selectAll: "Select all", palette: "Commands …",
		view: "View", sessions: "Sessions", compare: "Compare", ask: "Ask", jobs: "Jobs", watches: "Watched folders", reload: "Reload", full: "Full screen",
		help: "Help", keys: "Keyboard shortcuts", about: "About Retable",
		pickBundles: "Open bundles", pickFolder: "Open folder", save: "Save as", bundles: "Bundles", allFiles: "All files",
		converted: "Converted", compared: "Compared", indexed: "Ready for questions", exported: "Exported", failed: "Failed",
		noDataFolder: "The data folder can't be shown.",
	}
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
		return w.failed, body
	}
	switch retable.JobKind(j.JobType) {
	case retable.JobCompare:
		title = w.compared
	case retable.JobIndex:
		title = w.indexed
	case retable.JobExport:
		title = w.exported
	default:
		title = w.converted
	}
	if j.Message != "" {
		body += " · " + j.Message
	}
	return title, body
}
