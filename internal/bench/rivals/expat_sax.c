/* expat, with namespaces resolved or without.
   usage: expat_sax ns|plain SECONDS CHECK FILE */
#include "tally.h"
#include <expat.h>

static void on_start(void *user, const XML_Char *name, const XML_Char **attr) {
    struct tally *t = user;
    (void)name;
    t->elements++;
    for (; *attr; attr += 2) {
        if (!strncmp(attr[0], "xmlns", 5) && (attr[0][5] == 0 || attr[0][5] == ':')) continue;
        size_t n = strlen(attr[1]);
        t->attributes++;
        t->values += t->check ? solid(attr[1], n) : (long long)n;
    }
}

static void on_end(void *user, const XML_Char *name) { (void)user, (void)name; }

static void on_text(void *user, const XML_Char *s, int n) {
    struct tally *t = user;
    t->text += t->check ? solid(s, (size_t)n) : n;
}

static int parse(XML_Parser p, const char *buf, size_t n, struct tally *t) {
    if (!p) return 1;
    XML_SetUserData(p, t);
    XML_SetElementHandler(p, on_start, on_end);
    XML_SetCharacterDataHandler(p, on_text);
    int bad = XML_Parse(p, buf, (int)n, 1) != XML_STATUS_OK;
    XML_ParserFree(p);
    return bad;
}

static int parse_ns(const char *buf, size_t n, struct tally *t) {
    return parse(XML_ParserCreateNS(NULL, '\n'), buf, n, t);
}

static int parse_plain(const char *buf, size_t n, struct tally *t) {
    return parse(XML_ParserCreate(NULL), buf, n, t);
}

int main(int argc, char **argv) {
    if (argc != 5) return 2;
    XML_Expat_Version v = XML_ExpatVersionInfo();
    char version[40];
    snprintf(version, sizeof version, "%d.%d.%d", v.major, v.minor, v.micro);
    return run(strcmp(argv[1], "plain") ? parse_ns : parse_plain, argv[4], atof(argv[2]), atoi(argv[3]), version);
}
