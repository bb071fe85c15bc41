#include "gtid.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "row.h"

/* The next item of a list with commas; false at its end. */
static bool next_item(const char **at, struct field *item)
{
	while (**at == ',' || **at == ' ' || **at == '\n')
		++*at;
	item->p = *at;
	item->n = strcspn(*at, ",");
	*at += item->n;
	while (item->n && (item->p[item->n - 1] == ' ' || item->p[item->n - 1] == '\n'))
		item->n--;
	return item->n > 0;
}

/* ---- MariaDB: domain-server-number ---- */

static bool parse_mariadb(struct field f, unsigned long long *domain, unsigned long long *number)
{
	char *end;

	*domain = strtoull(f.p, &end, 10);
	if (end == f.p || *end != '-')
		return false;
	strtoull(end + 1, &end, 10);
	if (*end != '-')
		return false;
	*number = strtoull(end + 1, &end, 10);
	return end == f.p + f.n;
}

static int mariadb_has(const char *set, struct field id)
{
	unsigned long long domain, number, d, n;
	struct field item;

	if (!parse_mariadb(id, &domain, &number))
		return -1;
	while (next_item(&set, &item)) {
		if (!parse_mariadb(item, &d, &n))
			return -1;
		if (d == domain && n >= number)
			return 1;
	}
	return 0;
}

/* ---- MySQL: uuid[:tag]:interval:… ---- */

static bool is_interval(const char *p, const char *end)
{
	return p < end && *p >= '0' && *p <= '9';
}

/* The bytes of an item before its first interval. */
static size_t source_of(struct field f)
{
	const char *p = memchr(f.p, ':', f.n), *end = f.p + f.n;

	while (p && !is_interval(p + 1, end))
		p = memchr(p + 1, ':', (size_t)(end - p - 1));
	return p ? (size_t)(p - f.p) : 0;
}

/* The next interval behind *at. */
static bool next_interval(const char **at, const char *end, unsigned long long *low,
			  unsigned long long *high)
{
	char *rest;

	if (*at >= end || **at != ':' || !is_interval(*at + 1, end))
		return false;
	*low = *high = strtoull(*at + 1, &rest, 10);
	if (*rest == '-')
		*high = strtoull(rest + 1, &rest, 10);
	*at = rest;
	return true;
}

static bool item_has(struct field item, size_t source, unsigned long long low,
		     unsigned long long high)
{
	const char *at = item.p + source;
	unsigned long long l, h;

	while (next_interval(&at, item.p + item.n, &l, &h))
		if (l <= low && high <= h)
			return true;
	return false;
}

static int mysql_has(const char *set, struct field id)
{
	size_t source = source_of(id);
	const char *at = id.p + source;
	unsigned long long low, high;

	if (!source)
		return -1;
	while (next_interval(&at, id.p + id.n, &low, &high)) {
		const char *rest = set;
		struct field item;
		bool found = false;

		while (!found && next_item(&rest, &item))
			found = source_of(item) == source && !strncasecmp(item.p, id.p, source) &&
				item_has(item, source, low, high);
		if (!found)
			return 0;
	}
	return at == id.p + id.n ? 1 : -1;
}

int gtid_contains(const char *set, const char *ids)
{
	bool mysql = strchr(ids, ':') != NULL;
	struct field id;
	int status = 1;

	if (*set && mysql != (strchr(set, ':') != NULL))
		return -1;
	while (status == 1 && next_item(&ids, &id))
		status = mysql ? mysql_has(set, id) : mariadb_has(set, id);
	return status;
}
