//go:build linux && cgo && (desktop || dev) && !bindings

package desktop

/*
#cgo pkg-config: gtk+-3.0
#include <gtk/gtk.h>

// relabel gives the lines of a menu new words, a menu before its lines. One
// line of the words is spent on each.
static void relabel(GtkWidget *shell, char ***next) {
	GList *items = gtk_container_get_children(GTK_CONTAINER(shell));
	for (GList *i = items; i != NULL && **next != NULL; i = i->next) {
		const char *word = *(*next)++;
		if (GTK_IS_SEPARATOR_MENU_ITEM(i->data)) continue;
		gtk_menu_item_set_label(GTK_MENU_ITEM(i->data), word);
		GtkWidget *sub = gtk_menu_item_get_submenu(GTK_MENU_ITEM(i->data));
		if (sub != NULL) relabel(sub, next);
	}
	g_list_free(items);
}

static void find(GtkWidget *w, gpointer words) {
	if (GTK_IS_MENU_BAR(w)) {
		char **next = words;
		relabel(w, &next);
	} else if (GTK_IS_CONTAINER(w)) {
		gtk_container_foreach(GTK_CONTAINER(w), find, words);
	}
}

// relabelAll runs in GTK's own thread, and frees the words.
static gboolean relabelAll(gpointer words) {
	GList *windows = gtk_window_list_toplevels();
	for (GList *w = windows; w != NULL; w = w->next) find(GTK_WIDGET(w->data), words);
	g_list_free(windows);
	g_strfreev(words);
	return G_SOURCE_REMOVE;
}

// dressAll gives menus and frames light or dark colours, or the desktop's own.
static gboolean dressAll(gpointer theme) {
	GtkSettings *settings = gtk_settings_get_default();
	if (GPOINTER_TO_INT(theme) < 0) gtk_settings_reset_property(settings, "gtk-application-prefer-dark-theme");
	else g_object_set(settings, "gtk-application-prefer-dark-theme", GPOINTER_TO_INT(theme), NULL);
	return G_SOURCE_REMOVE;
}

static void dressSoon(int theme) { g_idle_add(dressAll, GINT_TO_POINTER(theme)); }
static char **newWords(int n) { return g_new0(char *, n + 1); }
static void setWord(char **words, int i, const char *text, int length) { words[i] = g_strndup(text, length); }
static void relabelSoon(char **words) { g_idle_add(relabelAll, words); }
*/
import "C"

import "unsafe"

// dressed gives menus and dialogs the page's colours. On Linux Wails'
// WindowSetDarkTheme does nothing.
func dressed(theme string) bool {
	number, ok := map[string]C.int{themeSystem: -1, themeLight: 0, themeDark: 1}[theme]
	if ok {
		C.dressSoon(number)
	}
	return true
}

// relabelled gives the lines of the menu that is there new words. On Linux
// Wails' MenuSetApplicationMenu makes a menu that no window shows.
func relabelled(items []menuItem) bool {
	var labels []string
	walkMenu(items, func(i menuItem) { labels = append(labels, i.label) })
	words := C.newWords(C.int(len(labels)))
	for i, label := range labels {
		label += "\x00" // never of no bytes: its address is taken
		C.setWord(words, C.int(i), (*C.char)(unsafe.Pointer(unsafe.StringData(label))), C.int(len(label)-1))
	}
	C.relabelSoon(words)
	return true
}
