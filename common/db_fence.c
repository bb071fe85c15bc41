#include "db_fence.h"

#include <stdlib.h>
#include <string.h>

#include "checkpoint.h"
#include "db_apply.h"
#include "db_driver.h"

/* ---- Clients ---- */

static int64_t seconds(const struct result *r, size_t row, size_t col)
{
	return result_get(r, row, col) ? result_number(r, row, col) : -1;
}

static void read_client(const struct result *r, size_t i, struct fence_client *c)
{
	c->id = result_copy(r, i, 0);
	c->user = result_copy(r, i, 1);
	c->host = result_copy(r, i, 2);
	c->application = result_copy(r, i, 3);
	c->state = result_copy(r, i, 4);
	c->connected = seconds(r, i, 5);
	c->transaction = seconds(r, i, 6);
	c->lasting = seconds(r, i, 7);
	c->writes = result_bool(r, i, 8);
	c->prepared = result_bool(r, i, 9);
}

int fence_clients(struct db *db, struct fence_clients *c, struct err *e)
{
	struct buf b = BUF_INIT;
	struct result r = {0};
	int status;

	*c = (struct fence_clients){0};
	status = db->ops->fence->add_clients(db, &b, e);
	if (status == 0)
		status = db_query(db, buf_cstr(&b), &r, e);
	buf_free(&b);
	if (status < 0)
		return -1;
	c->v = xcalloc(r.nrows, sizeof *c->v);
	c->n = r.nrows;
	for (size_t i = 0; i < r.nrows; i++)
		read_client(&r, i, &c->v[i]);
	result_free(&r);
	return 0;
}

void fence_clients_free(struct fence_clients *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->v[i].id);
		free(c->v[i].user);
		free(c->v[i].host);
		free(c->v[i].application);
		free(c->v[i].state);
	}
	free(c->v);
	*c = (struct fence_clients){0};
}

size_t fence_in_the_way(struct db *db, struct fence_clients *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].writes || !db->ops->fence->tells_writers) {
			struct fence_client moved = c->v[i];

			c->v[i] = c->v[n];
			c->v[n++] = moved;
		}
	return n;
}

bool fence_stops_all(const struct db *db)
{
	return db->ops->fence->tells_writers;
}

int fence_kill(struct db *db, const struct fence_client *c, struct err *e)
{
	return c->prepared ? 0 : db->ops->fence->kill(db, c->id, e);
}

/* ---- The record ---- */

static int read_record(struct db *db, struct fence_state *s, struct err *e)
{
	struct result r = {0};
	int status = db->ops->apply->has_table(db, FENCE_TABLE, e);

	*s = (struct fence_state){0};
	if (status <= 0)
		return status;
	if (db_query(db, "SELECT since_ms, closed_by, earlier FROM " FENCE_TABLE, &r, e) < 0)
		return err_prefix(e, "%s", FENCE_TABLE);
	if (r.nrows) {
		s->recorded = true;
		s->since_ms = result_number(&r, 0, 0);
		s->by = result_copy(&r, 0, 1);
		s->earlier = result_copy(&r, 0, 2);
	}
	result_free(&r);
	return 0;
}

static int write_record(struct db *db, const char *by, struct err *e)
{
	struct buf b = BUF_INIT;
	char *earlier;
	int status;

	if (db->ops->fence->settings(db, &earlier, e) < 0 ||
	    db_exec(db, "CREATE TABLE IF NOT EXISTS " FENCE_TABLE " (id integer NOT NULL PRIMARY KEY,"
			" since_ms bigint NOT NULL, closed_by text, earlier text)", e) < 0)
		return -1;
	buf_addf(&b, "INSERT INTO " FENCE_TABLE " VALUES (1, %lld, ", (long long)checkpoint_now());
	db_add_literal(db, &b, by, strlen(by));
	buf_adds(&b, ", ");
	db_add_literal(db, &b, earlier, strlen(earlier));
	buf_addc(&b, ')');
	status = db_exec(db, buf_cstr(&b), e);
	buf_free(&b);
	free(earlier);
	return status;
}

/* ---- Closing and opening ---- */

int fence_read(struct db *db, struct fence_state *s, struct err *e)
{
	if (read_record(db, s, e) < 0)
		return -1;
	return db->ops->fence->state(db, s, e);
}

void fence_state_free(struct fence_state *s)
{
	free(s->by);
	free(s->earlier);
	free(s->detail);
	*s = (struct fence_state){0};
}

int fence_close(struct db *db, const struct fence_options *o, struct err *e)
{
	struct fence_state s;
	struct err unused = ERR_INIT;
	int status = read_record(db, &s, e);
	bool first = status == 0 && !s.recorded;

	fence_state_free(&s);
	if (first)
		status = write_record(db, o->by, e);
	if (status < 0)
		return -1;
	status = db->ops->fence->close(db, o, e);
	/* Refused: nothing is closed that there should be a record of. */
	if (status < 0 && first && e->status == EXIT_BAD)
		db_exec(db, "DROP TABLE " FENCE_TABLE, &unused);
	err_clear(&unused);
	return status;
}

int fence_open(struct db *db, bool force, char **left, struct err *e)
{
	struct fence_state s;
	int status = fence_read(db, &s, e);

	*left = NULL;
	if (status == 0 && !s.recorded && s.writes != FENCE_ON && !force) {
		status = err_set(e, EXIT_GATE, "writes are off, but not by fence off: %s",
				 s.detail ? s.detail : "no record of it");
		err_hint(e, "--force allows them");
	} else if (status == 0 && !s.recorded && s.writes == FENCE_ON) {
		status = 1;
	} else if (status == 0) {
		status = db->ops->fence->open(db, &s, left, e);
	}
	fence_state_free(&s);
	return status;
}
