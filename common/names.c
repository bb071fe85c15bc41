#include "names.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"

char *names_next(const char **at, const char *stops)
{
	struct buf b = BUF_INIT;
	const char *p = *at;

	if (*p == '"' || *p == '`') {
		char quote = *p++;

		for (; *p && (*p != quote || p[1] == quote); p++) {
			buf_addc(&b, *p);
			p += *p == quote;
		}
		if (*p++ != quote)
			goto bad;
	} else {
		while (*p && !strchr(stops, *p))
			buf_addc(&b, *p++);
	}
	if (b.n == 0 || (*p && !strchr(stops, *p)))
		goto bad;
	*at = p;
	return buf_detach(&b);
bad:
	buf_free(&b);
	return NULL;
}

int names_split(const char *text, char ***names, size_t *n, struct err *e)
{
	const char *at = text;
	char **v = NULL, *name;
	size_t k = 0;

	*names = NULL;
	*n = 0;
	for (;;) {
		name = names_next(&at, ",");
		if (!name)
			break;
		v = xrealloc(v, (k + 2) * sizeof *v);
		v[k++] = name;
		v[k] = NULL;
		if (!*at) {
			*names = v;
			*n = k;
			return 0;
		}
		at++;
	}
	names_free(v);
	return err_set(e, EXIT_BAD, "'%s' is not a list of names: name,name", text);
}

void names_free(char **names)
{
	for (char **s = names; s && *s; s++)
		free(*s);
	free(names);
}
