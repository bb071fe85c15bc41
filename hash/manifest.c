#include "manifest.h"

#include <stdlib.h>
#include <string.h>

#include "stream.h"

void manifest_begin(struct manifest *m, const char *algorithm, size_t lanes)
{
	m->algorithm = algorithm;
	m->lanes = lanes;
	m->total = (struct digest_sum){0};
}

/* ---- Header ---- */

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Adds a name as names_split() reads it. */
static void add_name(struct buf *b, const char *name)
{
	if (*name && !strpbrk(name, ",\"` \t\n\\")) {
		buf_adds(b, name);
		return;
	}
	buf_addc(b, '"');
	for (; *name; name++) {
		if (*name == '"')
			buf_addc(b, '"');
		buf_addc(b, *name == '\n' ? ' ' : *name);
	}
	buf_addc(b, '"');
}

static void add_json(struct buf *b, const char *text)
{
	if (json_add_string(b, text, strlen(text)) < 0)
		buf_adds(b, "null"); /* a name that is not UTF-8 */
}

static void add_header(struct manifest *m, struct buf *b, const char *parts, const char **sorted,
		       size_t n)
{
	bool json = m->format == MANIFEST_NDJSON;

	if (json)
		buf_addf(b, "{\"manifest\":1,\"algorithm\":\"%s\",\"parts\":", m->algorithm);
	else
		buf_addf(b, "# rowboat manifest 1\n# algorithm %s\n# parts %s\n# columns ", m->algorithm,
			 parts);
	if (json) {
		add_json(b, parts);
		buf_adds(b, ",\"columns\":[");
	}
	for (size_t i = 0; i < n; i++) {
		buf_adds(b, i ? "," : "");
		if (json)
			add_json(b, sorted[i]);
		else
			add_name(b, sorted[i]);
	}
	buf_adds(b, json ? "]}\n" : "\n");
}

int manifest_header(struct manifest *m, const char *parts, const char *const *columns, size_t n,
		    struct err *e)
{
	const char **sorted = xcalloc(n + 1, sizeof *sorted);
	struct buf b = BUF_INIT;
	int status;

	for (size_t i = 0; i < n; i++)
		sorted[i] = columns[i];
	qsort(sorted, n, sizeof *sorted, by_bytes);
	add_header(m, &b, parts, sorted, n);
	status = out_add(m->out, b.p, b.n, e);
	free(sorted);
	buf_free(&b);
	return status;
}

/* ---- Lines ---- */

static int write_line(struct manifest *m, const char *before, const char *name,
		      const struct digest_sum *s, struct err *e)
{
	struct buf b = BUF_INIT;
	int status;

	if (m->format == MANIFEST_NDJSON) {
		buf_adds(&b, name ? "{\"name\":" : "{\"total\":true");
		if (name)
			add_json(&b, name);
		buf_addf(&b, ",\"rows\":%llu,\"digest\":\"", (unsigned long long)s->rows);
		digest_sum_text(&b, m->algorithm, m->lanes, s);
		buf_adds(&b, "\"}\n");
	} else {
		buf_addf(&b, "%s%llu\t", before, (unsigned long long)s->rows);
		digest_sum_text(&b, m->algorithm, m->lanes, s);
		for (buf_adds(&b, name ? "\t" : ""); name && *name; name++)
			buf_addc(&b, *name == '\n' ? ' ' : *name);
		buf_addc(&b, '\n');
	}
	status = out_add(m->out, b.p, b.n, e);
	buf_free(&b);
	return status;
}

int manifest_line(struct manifest *m, const char *name, const struct digest_sum *s, struct err *e)
{
	digest_sum_add(&m->total, s);
	return write_line(m, "", name, s, e);
}

int manifest_end(struct manifest *m, struct err *e)
{
	return write_line(m, "# total ", NULL, &m->total, e);
}
