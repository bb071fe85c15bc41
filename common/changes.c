#include "changes.h"

#include <string.h>

struct changes *changes_open(const struct url *u, const struct changes_options *o, struct err *e)
{
	if (o->from && o->from->engine != u->engine) {
		err_set(e, EXIT_BAD, "the position is one of %s, the source is %s",
			o->from->engine == ENGINE_MYSQL ? "MySQL" : "PostgreSQL",
			u->engine == ENGINE_MYSQL ? "MySQL" : "PostgreSQL");
		return NULL;
	}
	return u->engine == ENGINE_MYSQL ? my_changes_open(u, o, e) : pg_changes_open(u, o, e);
}

void changes_close(struct changes *c)
{
	if (c)
		c->ops->close(c);
}

enum changes_kind changes_next(struct changes *c, int ms, struct captured *ev, struct err *e)
{
	return c->ops->next(c, ms, ev, e);
}

int changes_confirm(struct changes *c, const struct position *p, struct err *e)
{
	return c->ops->confirm(c, p, e);
}

uint64_t changes_bytes(const struct changes *c)
{
	return c->bytes;
}

int changes_now(const struct url *u, struct position *p, struct err *e)
{
	struct db *db = db_open(u, e);
	struct buf b = BUF_INIT;
	int status;

	if (!db)
		return -1;
	status = u->engine == ENGINE_POSTGRES ? pg_changes_flush(db, e) : 0;
	if (status == 0)
		status = db_position(db, &b, e);
	if (status == 0)
		status = position_parse(p, b.p, b.n, e);
	buf_free(&b);
	db_close(db);
	return status;
}
