// What a desktop does for the window, as far as its checks need it:
//   desk drag TITLE PATH...   a small window; what is dragged from it are these
//                             files, as from a file manager (XDND, text/uri-list).
//                             Says a line a step: begun, taken, given, ended, failed
//   desk notices FILE         takes the messages of programs (the service
//                             org.freedesktop.Notifications), writes one a line,
//                             and clicks on each
#include <gtk/gtk.h>
#include <string.h>

static void say(const char *what) {
	puts(what);
	fflush(stdout);
}

static void give(GtkWidget *w, GdkDragContext *c, GtkSelectionData *data, guint info, guint time, gpointer uris) {
	gtk_selection_data_set_uris(data, uris);
	say("given");
}

// welcome hears what the window below the pointer would do with the files.
static void welcome(GdkDragContext *c, GdkDragAction action, gpointer none) {
	if (action != 0) say("taken");
}

static void begin(GtkWidget *w, GdkDragContext *c, gpointer none) {
	g_signal_connect(c, "action-changed", G_CALLBACK(welcome), NULL);
	say("begun");
}

static void end(GtkWidget *w, GdkDragContext *c, gpointer none) { say("ended"); }

static gboolean fail(GtkWidget *w, GdkDragContext *c, GtkDragResult why, gpointer none) {
	say("failed");
	return FALSE;
}

static int drag(char **args) {
	GPtrArray *uris = g_ptr_array_new();
	for (char **path = args + 1; *path != NULL; path++) g_ptr_array_add(uris, g_filename_to_uri(*path, NULL, NULL));
	g_ptr_array_add(uris, NULL);
	GtkWidget *window = gtk_window_new(GTK_WINDOW_TOPLEVEL), *box = gtk_event_box_new();
	gtk_window_set_title(GTK_WINDOW(window), args[0]);
	gtk_window_set_default_size(GTK_WINDOW(window), 120, 90);
	gtk_container_add(GTK_CONTAINER(window), box);
	GtkTargetEntry files = {"text/uri-list", 0, 0};
	gtk_drag_source_set(box, GDK_BUTTON1_MASK, &files, 1, GDK_ACTION_COPY | GDK_ACTION_MOVE);
	g_signal_connect(box, "drag-begin", G_CALLBACK(begin), NULL);
	g_signal_connect(box, "drag-data-get", G_CALLBACK(give), uris->pdata);
	g_signal_connect(box, "drag-failed", G_CALLBACK(fail), NULL);
	g_signal_connect(box, "drag-end", G_CALLBACK(end), NULL);
	g_signal_connect(window, "destroy", gtk_main_quit, NULL);
	gtk_widget_show_all(window);
	gtk_main();
	return 0;
}

// click says that the person clicked on message 7, a few times: who sent it may
// still be reading that it is shown.
static gboolean click(gpointer bus) {
	static int times = 0;
	g_dbus_connection_emit_signal(bus, NULL, "/org/freedesktop/Notifications", "org.freedesktop.Notifications", "ActionInvoked", g_variant_new("(us)", 7, "default"), NULL);
	return ++times < 20 ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static void called(GDBusConnection *bus, const char *sender, const char *path, const char *interface, const char *method, GVariant *args, GDBusMethodInvocation *call, gpointer file) {
	if (strcmp(method, "Notify") == 0) {
		const char *program, *icon, *title, *body;
		guint32 replaces;
		g_variant_get(args, "(&su&s&s&s@as@a{sv}i)", &program, &replaces, &icon, &title, &body, NULL, NULL, NULL);
		FILE *out = fopen(file, "a");
		if (out == NULL) g_error("%s can't be written", (char *)file);
		fprintf(out, "%s: %s\n", title, body);
		fclose(out);
		g_dbus_method_invocation_return_value(call, g_variant_new("(u)", 7));
		g_timeout_add(500, click, bus);
		return;
	}
	g_dbus_method_invocation_return_error(call, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD, "%s", method);
}

static void named(GDBusConnection *bus, const char *name, gpointer none) { say("ready"); }

static int notices(char *file) {
	const char *xml = "<node><interface name='org.freedesktop.Notifications'>"
		"<method name='Notify'><arg type='s' direction='in'/><arg type='u' direction='in'/><arg type='s' direction='in'/><arg type='s' direction='in'/><arg type='s' direction='in'/>"
		"<arg type='as' direction='in'/><arg type='a{sv}' direction='in'/><arg type='i' direction='in'/><arg type='u' direction='out'/></method>"
		"<signal name='ActionInvoked'><arg type='u'/><arg type='s'/></signal></interface></node>";
	GDBusNodeInfo *node = g_dbus_node_info_new_for_xml(xml, NULL);
	GDBusConnection *bus = g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, NULL);
	GDBusInterfaceVTable table = {called, NULL, NULL, {0}};
	if (bus == NULL || node == NULL || g_dbus_connection_register_object(bus, "/org/freedesktop/Notifications", node->interfaces[0], &table, file, NULL, NULL) == 0) return 1;
	g_bus_own_name_on_connection(bus, "org.freedesktop.Notifications", G_BUS_NAME_OWNER_FLAGS_NONE, named, NULL, NULL, NULL);
	g_main_loop_run(g_main_loop_new(NULL, FALSE));
	return 0;
}

int main(int n, char **args) {
	if (n >= 3 && strcmp(args[1], "notices") == 0) return notices(args[2]);
	if (n >= 4 && strcmp(args[1], "drag") == 0 && gtk_init_check(NULL, NULL)) return drag(args + 2);
	return 2;
}
