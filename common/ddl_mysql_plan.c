/*
 * What MySQL's limits of keys and rows make of the types (manual, "InnoDB
 * Limits", "Limits on Table Column Count and Row Size").
 */
#include <stdlib.h>
#include <string.h>

#include "ddl_mysql.h"

#define ROW_BYTES 65000u        /* of 65,535, less what NULLs and lengths take */
#define LONG_TYPE_BYTES 12u     /* in the row, for a BLOB or TEXT */
#define TEXT_BYTES 65535u
#define MEDIUM_BYTES 16777215u

bool mysql_can_index(const struct target_type *type)
{
	return type->lt != LT_JSON && type->lt != LT_GEOMETRY;
}

/* The most bytes that a value takes in a key; 0: no limit. */
static uint64_t key_bytes(const struct target_type *type)
{
	switch (type->lt) {
	case LT_TEXT:
	case LT_UUID:
		return type->length * MYSQL_CHAR_BYTES;
	case LT_BYTES:
		return type->length;
	case LT_DECIMAL:
		return 30;
	default:
		return 8;
	}
}

uint64_t mysql_key_share(const struct ddl_table *dt, const char *const *columns, size_t n,
			 const char *column)
{
	uint64_t even = MYSQL_KEY_BYTES / (n ? n : 1), left = MYSQL_KEY_BYTES, bytes, large = 0;
	const struct target_type *type = ddl_type(dt, column);

	for (size_t i = 0; i < n; i++) {
		const struct target_type *t = ddl_type(dt, columns[i]);

		bytes = t ? key_bytes(t) : 8;
		if (bytes && bytes <= even)
			left -= bytes;
		else
			large++;
	}
	bytes = type ? key_bytes(type) : 8;
	if ((bytes && bytes <= even) || !large)
		return 0;
	left /= large;
	return type->lt == LT_BYTES ? left : left / MYSQL_CHAR_BYTES;
}

static void narrow(struct ddl_table *dt, const char *const *columns, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct target_type *type = (struct target_type *)ddl_type(dt, columns[i]);
		uint64_t share = type ? mysql_key_share(dt, columns, n, columns[i]) : 0;

		if (!share || (type->lt != LT_TEXT && type->lt != LT_BYTES))
			continue;
		target_set(type, type->lt,
			   type->lt == LT_TEXT ? "VARCHAR(%llu)" : "VARBINARY(%llu)",
			   (unsigned long long)share);
		type->length = share;
		type->note = "holds no more, as it is in a unique or foreign key of at most 3072 "
			     "bytes";
		type->warn = true;
	}
}

static bool key_columns(const struct key *k, const char **columns)
{
	for (size_t i = 0; i < k->nparts; i++) {
		if (!k->part[i].column)
			return false;
		columns[i] = k->part[i].column;
	}
	return true;
}

/* Keys that hold foreign keys' columns count too: MySQL makes an index for each. */
static void narrow_keys(struct ddl_table *dt)
{
	const struct table *t = dt->t;

	for (size_t i = 0; i < t->nkeys; i++) {
		const struct key *k = &t->key[i];
		const char **columns = xcalloc(k->nparts, sizeof *columns);

		if (k->unique && !k->where && k->nparts <= MYSQL_KEY_PARTS &&
		    key_columns(k, columns))
			narrow(dt, columns, k->nparts);
		free(columns);
	}
	for (size_t i = 0; i < t->nfkeys; i++) {
		size_t n = 0;

		while (t->fkey[i].columns[n])
			n++;
		narrow(dt, (const char *const *)t->fkey[i].columns, n);
	}
}

static bool in_unique_key(const struct ddl_table *dt, const char *column)
{
	const struct table *t = dt->t;

	for (size_t i = 0; i < t->nkeys; i++)
		for (size_t p = 0; p < t->key[i].nparts; p++)
			if (t->key[i].unique && t->key[i].part[p].column &&
			    !strcmp(t->key[i].part[p].column, column))
				return true;
	for (size_t i = 0; i < t->nfkeys; i++)
		for (char **c = t->fkey[i].columns; *c; c++)
			if (!strcmp(*c, column))
				return true;
	return false;
}

static bool is_varying(const struct target_type *type)
{
	return (type->lt == LT_TEXT || type->lt == LT_BYTES) && type->length && !type->fixed;
}

static uint64_t row_bytes(const struct target_type *type)
{
	if (type->lt == LT_TEXT || type->lt == LT_UUID || type->lt == LT_BYTES)
		return type->length ? key_bytes(type) + 2 : LONG_TYPE_BYTES;
	return type->lt == LT_DECIMAL ? 30 : LONG_TYPE_BYTES;
}

/* Turns the longest VARCHARs into TEXT until the row fits. */
static void shrink_row(struct ddl_table *dt)
{
	for (;;) {
		uint64_t sum = 0, most = LONG_TYPE_BYTES * 4;
		struct target_type *largest = NULL;

		for (size_t i = 0; i < dt->t->ncols; i++) {
			struct target_type *type = &dt->type[i];
			uint64_t bytes = row_bytes(type);

			sum += bytes;
			if (bytes > most && is_varying(type) &&
			    !in_unique_key(dt, dt->t->col[i].name)) {
				most = bytes;
				largest = type;
			}
		}
		if (sum <= ROW_BYTES || !largest)
			return;
		target_set(largest, LT_TEXT, most <= TEXT_BYTES ? "TEXT" : "MEDIUMTEXT");
		largest->length = 0;
		largest->note = "has no length limit: rows of MySQL hold 65535 bytes";
	}
}

void mysql_plan(struct ddl *d, struct ddl_table *dt)
{
	(void)d;
	narrow_keys(dt);
	shrink_row(dt);
}
