/* The SAX2 interface of libxml2: namespaces resolved, no tree.
   usage: libxml2_sax memory|push SECONDS CHECK FILE */
#include "tally.h"
#include <libxml/parser.h>
#include <libxml/parserInternals.h>

static void on_start(void *user, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri,
                     int n_ns, const xmlChar **ns, int n_attr, int n_default, const xmlChar **attr) {
    struct tally *t = ((xmlParserCtxtPtr)user)->_private;
    (void)local, (void)prefix, (void)uri, (void)n_ns, (void)ns, (void)n_default;
    t->elements++;
    t->attributes += n_attr;
    for (int i = 0; i < n_attr; i++, attr += 5) {
        size_t n = (size_t)(attr[4] - attr[3]);
        t->values += t->check ? solid((const char *)attr[3], n) : (long long)n;
    }
}

static void on_end(void *user, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri) {
    (void)user, (void)local, (void)prefix, (void)uri;
}

static void on_text(void *user, const xmlChar *s, int n) {
    struct tally *t = ((xmlParserCtxtPtr)user)->_private;
    t->text += t->check ? solid((const char *)s, (size_t)n) : n;
}

static void on_other(void *user, const xmlChar *s) { (void)user, (void)s; }
static void on_pi(void *user, const xmlChar *a, const xmlChar *b) { (void)user, (void)a, (void)b; }

/* The handlers that would build a tree are replaced, those for the DTD and
   its entities stay. */
static void handlers(xmlSAXHandler *sax) {
    memset(sax, 0, sizeof *sax);
    xmlSAXVersion(sax, 2);
    sax->startElementNs = on_start;
    sax->endElementNs = on_end;
    sax->characters = sax->ignorableWhitespace = sax->cdataBlock = on_text;
    sax->comment = on_other;
    sax->processingInstruction = on_pi;
    sax->reference = on_other;
}

static int finish(xmlParserCtxtPtr c) {
    int bad = !c->wellFormed;
    if (c->myDoc) xmlFreeDoc(c->myDoc);
    c->myDoc = NULL;
    xmlFreeParserCtxt(c);
    return bad;
}

#define OPTIONS (XML_PARSE_NOENT | XML_PARSE_HUGE | XML_PARSE_NONET)

static int parse_memory(const char *buf, size_t n, struct tally *t) {
    xmlParserCtxtPtr c = xmlCreateMemoryParserCtxt(buf, (int)n);
    if (!c) return 1;
    xmlSAXHandler sax;
    handlers(&sax);
    *c->sax = sax;
    c->_private = t;
    xmlCtxtUseOptions(c, OPTIONS);
    xmlParseDocument(c);
    return finish(c);
}

static int parse_push(const char *buf, size_t n, struct tally *t) {
    xmlSAXHandler sax;
    handlers(&sax);
    xmlParserCtxtPtr c = xmlCreatePushParserCtxt(&sax, NULL, buf, 4, NULL);
    if (!c) return 1;
    c->_private = t;
    xmlCtxtUseOptions(c, OPTIONS);
    for (size_t at = 4; at < n;) {
        int k = n - at < 65536 ? (int)(n - at) : 65536;
        if (xmlParseChunk(c, buf + at, k, 0)) break;
        at += (size_t)k;
    }
    xmlParseChunk(c, buf, 0, 1);
    return finish(c);
}

int main(int argc, char **argv) {
    if (argc != 5) return 2;
    return run(strcmp(argv[1], "push") ? parse_memory : parse_push, argv[4], atof(argv[2]), atoi(argv[3]), LIBXML_DOTTED_VERSION);
}
