#include "mysql_gtid.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define UUID 36

static int refuse(struct gtid_set *s, const char *text, struct err *e)
{
	err_set(e, EXIT_BAD, "'%.60s' is no %s", text,
		s->mariadb ? "list of MariaDB's GTIDs" : "set of MySQL's GTIDs");
	gtid_set_free(s);
	return err_hint(e, s->mariadb ? "for example 0-1-55" :
			"for example 3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5:7");
}

/* ---- Sources ---- */

static struct gtid_source *insert_source(struct gtid_set *s, size_t at)
{
	s->v = xrealloc(s->v, (s->n + 1) * sizeof *s->v);
	memmove(s->v + at + 1, s->v + at, (s->n - at) * sizeof *s->v);
	s->n++;
	s->v[at] = (struct gtid_source){0};
	return &s->v[at];
}

static struct gtid_source *find_source(struct gtid_set *s, const char *name, size_t n)
{
	struct gtid_source *source;
	size_t at = 0;

	for (; at < s->n; at++) {
		int order = strncmp(s->v[at].name, name, n);

		if (order == 0 && !s->v[at].name[n])
			return &s->v[at];
		if (order >= 0)
			break;
	}
	source = insert_source(s, at);
	source->name = xstrndup(name, n);
	return source;
}

/* Adds an interval and merges those that touch it. */
static void add_interval(struct gtid_source *source, uint64_t first, uint64_t last)
{
	struct gtid_interval *v = source->v;
	size_t from = 0, to;

	while (from < source->n && v[from].last + 1 < first)
		from++;
	for (to = from; to < source->n && v[to].first <= last + 1; to++) {
		first = v[to].first < first ? v[to].first : first;
		last = v[to].last > last ? v[to].last : last;
	}
	if (to == from) {
		source->v = v = xrealloc(v, (source->n + 1) * sizeof *v);
		memmove(v + from + 1, v + from, (source->n - from) * sizeof *v);
		source->n++;
	} else {
		memmove(v + from + 1, v + to, (source->n - to) * sizeof *v);
		source->n -= to - from - 1;
	}
	v[from] = (struct gtid_interval){first, last};
}

void gtid_set_add(struct gtid_set *s, const char *source, uint64_t number)
{
	add_interval(find_source(s, source, strlen(source)), number, number);
}

void gtid_set_put(struct gtid_set *s, uint32_t domain, uint32_t server, uint64_t number)
{
	struct gtid_source *source;
	size_t at = 0;

	while (at < s->n && s->v[at].domain < domain)
		at++;
	source = at < s->n && s->v[at].domain == domain ? &s->v[at] : insert_source(s, at);
	source->domain = domain;
	source->server = server;
	source->n = 0;
	add_interval(source, number, number);
}

void gtid_set_free(struct gtid_set *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->v[i].name);
		free(s->v[i].v);
	}
	free(s->v);
	*s = (struct gtid_set){.mariadb = s->mariadb};
}

/* ---- Text ---- */

static bool number(const char **p, uint64_t *v)
{
	const char *at = *p;

	for (*v = 0; isdigit((unsigned char)*at); at++) {
		if (*v > (INT64_MAX - 9) / 10)
			return false;
		*v = *v * 10 + (uint64_t)(*at - '0');
	}
	if (at == *p)
		return false;
	*p = at;
	return true;
}

static const char *skip_space(const char *p)
{
	while (isspace((unsigned char)*p))
		p++;
	return p;
}

static bool take(const char **p, char c)
{
	if (**p != c)
		return false;
	++*p;
	return true;
}

static bool parse_mariadb(struct gtid_set *s, const char **p)
{
	uint64_t domain, server, n;

	if (!number(p, &domain) || !take(p, '-') || !number(p, &server) || !take(p, '-') ||
	    !number(p, &n) || domain > UINT32_MAX || server > UINT32_MAX)
		return false;
	gtid_set_put(s, (uint32_t)domain, (uint32_t)server, n);
	return true;
}

static bool add_uuid(struct buf *b, const char **p)
{
	for (size_t i = 0; i < UUID; i++, (*p)++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? **p != '-' : !isxdigit((unsigned char)**p))
			return false;
		buf_addc(b, (char)tolower((unsigned char)**p));
	}
	return true;
}

static bool is_tag_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* A tag begins with a letter or an underscore. */
static bool add_tag(struct buf *name, const char **p)
{
	name->n = UUID;
	buf_addc(name, ':');
	while (is_tag_char(**p))
		buf_addc(name, (char)tolower((unsigned char)*(*p)++));
	return name->n <= UUID + 1 + 32;
}

/* uuid:1-5:7:tag:1-3 */
static bool parse_mysql(struct gtid_set *s, const char **p, struct buf *name)
{
	uint64_t first, last;

	buf_reset(name);
	if (!add_uuid(name, p))
		return false;
	for (*p = skip_space(*p); **p == ':'; *p = skip_space(*p)) {
		*p = skip_space(*p + 1);
		if (isalpha((unsigned char)**p) || **p == '_') {
			if (!add_tag(name, p))
				return false;
			continue;
		}
		if (!number(p, &first))
			return false;
		last = first;
		if (take(p, '-') && !number(p, &last))
			return false;
		if (first == 0 || last < first)
			return false;
		add_interval(find_source(s, name->p, name->n), first, last);
	}
	return true;
}

int gtid_set_parse(struct gtid_set *s, bool mariadb, const char *text, struct err *e)
{
	const char *p = skip_space(text);
	struct buf name = BUF_INIT;
	bool good = true;

	*s = (struct gtid_set){.mariadb = mariadb};
	while (good && *p) {
		good = mariadb ? parse_mariadb(s, &p) : parse_mysql(s, &p, &name);
		p = skip_space(p);
		good &= !*p || take(&p, ',');
		p = skip_space(p);
	}
	buf_free(&name);
	return good ? 0 : refuse(s, text, e);
}

static void add_intervals(const struct gtid_source *source, struct buf *b)
{
	for (size_t i = 0; i < source->n; i++) {
		buf_addf(b, ":%llu", (unsigned long long)source->v[i].first);
		if (source->v[i].last > source->v[i].first)
			buf_addf(b, "-%llu", (unsigned long long)source->v[i].last);
	}
}

void gtid_set_text(const struct gtid_set *s, struct buf *b)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct gtid_source *source = &s->v[i];

		if (s->mariadb) {
			buf_addf(b, "%s%u-%u-%llu", i ? "," : "", source->domain, source->server,
				 (unsigned long long)source->v[0].last);
			continue;
		}
		/* Tags of one server stand behind its UUID. */
		if (i && source->name[UUID] && !strncmp(source[-1].name, source->name, UUID))
			buf_adds(b, source->name + UUID);
		else
			buf_addf(b, "%s%s", i ? "," : "", source->name);
		add_intervals(source, b);
	}
}

/* ---- Bytes ---- */

static void add_number(struct buf *b, uint64_t v)
{
	for (size_t i = 0; i < 8; i++)
		buf_addc(b, (char)(v >> 8 * i & 0xff));
}

static unsigned hex_digit(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static void add_sid(struct buf *b, const char *name)
{
	for (size_t i = 0; i < UUID; i += 2) {
		if (name[i] == '-')
			i++;
		buf_addc(b, (char)(hex_digit(name[i]) << 4 | hex_digit(name[i + 1])));
	}
}

/* The number of sources; with tags it stands above a byte of 1, and below another one. */
void gtid_set_encode(const struct gtid_set *s, struct buf *b)
{
	bool tagged = false;

	for (size_t i = 0; i < s->n; i++)
		tagged |= s->v[i].name[UUID] != '\0';
	add_number(b, tagged ? (uint64_t)1 << 56 | (uint64_t)s->n << 8 | 1 : s->n);
	for (size_t i = 0; i < s->n; i++) {
		const struct gtid_source *source = &s->v[i];

		add_sid(b, source->name);
		if (tagged) {
			size_t n = source->name[UUID] ? strlen(source->name + UUID + 1) : 0;

			buf_addc(b, (char)(n << 1));
			buf_add(b, source->name + UUID + 1, n);
		}
		add_number(b, source->n);
		for (size_t k = 0; k < source->n; k++) {
			add_number(b, source->v[k].first);
			add_number(b, source->v[k].last + 1);
		}
	}
}

struct reader {
	const unsigned char *p, *end;
};

static bool read_number(struct reader *r, uint64_t *v)
{
	if (r->end - r->p < 8)
		return false;
	*v = 0;
	for (size_t i = 8; i; i--)
		*v = *v << 8 | r->p[i - 1];
	r->p += 8;
	return true;
}

static bool read_name(struct reader *r, bool tagged, struct buf *name)
{
	static const char hex[] = "0123456789abcdef";
	size_t n;

	buf_reset(name);
	if (r->end - r->p < 16)
		return false;
	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			buf_addc(name, '-');
		buf_addc(name, hex[*r->p >> 4]);
		buf_addc(name, hex[*r->p++ & 15]);
	}
	if (!tagged)
		return true;
	if (r->p == r->end || (n = *r->p++ >> 1) > 32 || (size_t)(r->end - r->p) < n)
		return false;
	if (n)
		buf_addc(name, ':');
	for (; n; n--, r->p++) {
		if (!is_tag_char((char)*r->p))
			return false;
		buf_addc(name, (char)*r->p);
	}
	return true;
}

static bool read_source(struct gtid_set *s, struct reader *r, bool tagged, struct buf *name)
{
	uint64_t n, first, behind;

	if (!read_name(r, tagged, name) || !read_number(r, &n))
		return false;
	for (; n; n--) {
		if (!read_number(r, &first) || !read_number(r, &behind) || first == 0 ||
		    behind <= first)
			return false;
		add_interval(find_source(s, name->p, name->n), first, behind - 1);
	}
	return true;
}

int gtid_set_decode(struct gtid_set *s, const void *p, size_t n, struct err *e)
{
	struct reader r = {p, (const unsigned char *)p + n};
	struct buf name = BUF_INIT;
	uint64_t sources;
	bool tagged, good;

	*s = (struct gtid_set){0};
	good = read_number(&r, &sources);
	tagged = good && sources >> 56 == 1;
	if (tagged)
		sources = sources << 8 >> 16;
	for (; good && sources; sources--)
		good = read_source(s, &r, tagged, &name);
	buf_free(&name);
	if (good)
		return 0;
	gtid_set_free(s);
	return err_set(e, EXIT_FAILED, "the binary log's set of GTIDs is malformed");
}
