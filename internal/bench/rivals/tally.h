/* What every tokenizer counts, and the loop that times it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

struct tally {
    long long elements, attributes, text, values;
    int check; /* count only bytes that are not white space: comparable */
};

static long long solid(const char *s, size_t n) {
    long long k = 0;
    for (size_t i = 0; i < n; i++)
        k += s[i] != ' ' && s[i] != '\t' && s[i] != '\n' && s[i] != '\r';
    return k;
}

static double cpu_seconds(void) {
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return u.ru_utime.tv_sec + u.ru_stime.tv_sec + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static char *slurp(const char *path, size_t *n) {
    FILE *f = fopen(path, "rb");
    if (!f) return NULL;
    fseek(f, 0, SEEK_END);
    *n = (size_t)ftell(f);
    rewind(f);
    char *buf = malloc(*n + 1);
    if (buf && fread(buf, 1, *n, f) != *n) { free(buf); buf = NULL; }
    fclose(f);
    return buf;
}

/* parse returns 0 for a well-formed document. */
typedef int (*parser)(const char *buf, size_t n, struct tally *t);

static int run(parser parse, const char *path, double seconds, int check, const char *version) {
    size_t n;
    char *buf = slurp(path, &n);
    if (!buf) { fprintf(stderr, "cannot read %s\n", path); return 2; }
    struct tally t;
    int passes = 0;
    double start = cpu_seconds(), used;
    do {
        memset(&t, 0, sizeof t);
        t.check = check;
        if (parse(buf, n, &t)) { fprintf(stderr, "%s is not well formed\n", path); return 1; }
        passes++;
        used = cpu_seconds() - start;
    } while (used < seconds);
    printf("{\"elements\":%lld,\"attributes\":%lld,\"text\":%lld,\"values\":%lld,\"passes\":%d,\"cpu\":%.6f,\"version\":\"%s\"}\n",
           t.elements, t.attributes, t.text, t.values, passes, used, version);
    free(buf);
    return 0;
}
