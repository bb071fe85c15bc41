#include "patterns.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

/* One part of a pattern up to a dot or the end; what stands in quotes is taken literally. */
static char *next_part(const char **at)
{
	struct buf b = BUF_INIT;
	char quote = 0;

	for (const char *s = *at;; s++) {
		if (quote && *s == quote && s[1] == quote) {
			buf_addf(&b, "\\%c", *s++);
		} else if (quote && *s == quote) {
			quote = 0;
		} else if (!quote && (*s == '"' || *s == '`')) {
			quote = *s;
		} else if (!*s || (!quote && *s == '.')) {
			*at = s;
			if (b.n && !quote)
				return buf_detach(&b);
			buf_free(&b);
			return NULL;
		} else {
			if (quote)
				buf_addc(&b, '\\');
			buf_addc(&b, *s);
		}
	}
}

int patterns_add(struct patterns *p, const char *text, bool wanted, struct err *e)
{
	struct pattern **list = wanted ? &p->wanted : &p->unwanted;
	size_t *n = wanted ? &p->nwanted : &p->nunwanted;
	const char *at = text;
	struct pattern new = {.table = next_part(&at)};

	if (new.table && *at == '.') {
		at++;
		new.schema = new.table;
		new.table = next_part(&at);
	}
	if (!new.table || *at) {
		free(new.schema);
		free(new.table);
		return err_set(e, EXIT_BAD, "%.60s is no pattern of the form [schema.]table", text);
	}
	*list = xrealloc(*list, (*n + 1) * sizeof **list);
	(*list)[(*n)++] = new;
	return 0;
}

static void free_list(struct pattern *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(list[i].schema);
		free(list[i].table);
	}
	free(list);
}

void patterns_free(struct patterns *p)
{
	free_list(p->wanted, p->nwanted);
	free_list(p->unwanted, p->nunwanted);
	*p = (struct patterns){0};
}

static bool matches(const struct patterns *p, const struct pattern *list, size_t n,
		    const char *schema, const char *table)
{
	for (size_t i = 0; i < n; i++) {
		bool here = list[i].schema ? !fnmatch(list[i].schema, schema, 0)
					   : !p->schema || !strcmp(p->schema, schema);

		if (here && !fnmatch(list[i].table, table, 0))
			return true;
	}
	return false;
}

bool patterns_match(void *ctx, const char *schema, const char *table)
{
	const struct patterns *p = ctx;

	if (p->nwanted ? !matches(p, p->wanted, p->nwanted, schema, table)
		       : p->only && strcmp(p->schema, schema) != 0)
		return false;
	return !matches(p, p->unwanted, p->nunwanted, schema, table);
}
