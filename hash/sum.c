/* hash --sum: the digests of parts add up to the digest of the whole. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifest.h"

/* What was read so far. */
struct sum {
	struct digest_sum all, file; /* of all files, of this one */
	struct buf algorithm;
	size_t lanes;                /* 0 before the first line */
	char *columns;               /* of the first header; NULL without one */
	const char *name;            /* of the file */
	size_t line;
	bool header, ended;
};

static int bad_line(const struct sum *s, const char *why, struct err *e)
{
	return err_set(e, EXIT_BAD, "%s line %zu: %s", s->name, s->line, why);
}

/* ROWS <tab> DIGEST [<tab> NAME] */
static int read_digest(struct sum *s, const char *p, struct digest_sum *d, struct err *e)
{
	struct buf algorithm = BUF_INIT;
	size_t n, lanes;
	char *end;
	bool same;

	errno = 0;
	d->rows = strtoull(p, &end, 10);
	if (*p < '0' || *p > '9' || errno || *end != '\t')
		return bad_line(s, "neither a digest nor a header", e);
	n = strcspn(++end, "\t");
	lanes = digest_sum_parse(end, n, &algorithm, d);
	if (!lanes)
		return bad_line(s, "neither a digest nor a header", e);
	same = !s->lanes || (lanes == s->lanes && algorithm.n == s->algorithm.n &&
			     !memcmp(algorithm.p, s->algorithm.p, algorithm.n));
	if (!s->lanes)
		buf_add(&s->algorithm, algorithm.p, algorithm.n);
	s->lanes = lanes;
	buf_free(&algorithm);
	return same ? 0 : bad_line(s, "digests of two algorithms do not add up", e);
}

static int read_header(struct sum *s, const char *p, struct err *e)
{
	static const char version[] = "# rowboat manifest ", columns[] = "# columns ",
			  total[] = "# total ";
	struct digest_sum d;

	s->header = true;
	if (!strncmp(p, version, strlen(version)) && strcmp(p + strlen(version), "1"))
		return bad_line(s, "a manifest of a later version", e);
	if (!strncmp(p, columns, strlen(columns))) {
		if (!s->columns)
			s->columns = xstrdup(p + strlen(columns));
		else if (strcmp(s->columns, p + strlen(columns)))
			return bad_line(s, "digests of other columns do not add up", e);
	}
	if (strncmp(p, total, strlen(total)))
		return 0;
	if (read_digest(s, p + strlen(total), &d, e) < 0)
		return -1;
	s->ended = true;
	return digest_sum_equal(&d, &s->file) ? 0 : bad_line(s, "the parts do not add up to this", e);
}

static int read_line(struct sum *s, const char *p, struct err *e)
{
	struct digest_sum d;

	if (s->ended)
		return bad_line(s, "something stands behind the total", e);
	if (*p == '#')
		return read_header(s, p, e);
	if (read_digest(s, p, &d, e) < 0)
		return -1;
	digest_sum_add(&s->file, &d);
	return 0;
}

static int read_lines(struct sum *s, FILE *f, struct err *e)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	int status = 0;

	while (status == 0 && (n = getline(&line, &room, f)) > 0) {
		s->line++;
		if (line[n - 1] != '\n') {
			status = err_set(e, EXIT_FAILED, "%s is cut off in line %zu", s->name, s->line);
			break;
		}
		line[n - 1] = '\0';
		status = read_line(s, line, e);
	}
	free(line);
	if (status == 0 && ferror(f))
		status = err_set(e, EXIT_FAILED, "%s: %s", s->name, strerror(errno));
	if (status == 0 && s->header && !s->ended)
		status = err_set(e, EXIT_FAILED, "%s is cut off: it has no total", s->name);
	return status;
}

static int read_file(struct sum *s, const char *name, struct err *e)
{
	bool standard = !strcmp(name, "-");
	FILE *f = standard ? stdin : fopen(name, "r");
	int status;

	s->name = standard ? "standard input" : name;
	s->line = 0;
	s->header = s->ended = false;
	s->file = (struct digest_sum){0};
	if (!f)
		return err_set(e, EXIT_BAD, "%s: %s", name, strerror(errno));
	status = read_lines(s, f, e);
	if (!standard)
		fclose(f);
	digest_sum_add(&s->all, &s->file);
	return status;
}

int manifest_sum(struct out *out, enum manifest_format format, char **files, struct err *e)
{
	struct manifest m = {.out = out, .format = format};
	struct sum s = {0};
	int status = 0;

	for (char **f = files; *f && status == 0; f++)
		status = read_file(&s, *f, e);
	if (status == 0 && !s.lanes)
		status = err_set(e, EXIT_BAD, "there is no digest to add up");
	if (status == 0) {
		m.algorithm = buf_cstr(&s.algorithm);
		m.lanes = s.lanes;
		status = manifest_line(&m, "-", &s.all, e);
	}
	buf_free(&s.algorithm);
	free(s.columns);
	return status;
}
