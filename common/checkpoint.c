#include "checkpoint.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "db_apply.h"
#include "db_driver.h"

#define STREAM_MAX 255 /* bytes: MySQL's VARBINARY(255) */

int64_t checkpoint_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

char *checkpoint_of_table(const char *stream, const char *label)
{
	return xasprintf("%s/%s", stream, label);
}

/* Adds " WHERE stream = '…'". */
static void add_where(struct db *db, struct buf *b, const char *stream)
{
	buf_adds(b, " WHERE stream = ");
	db_add_literal(db, b, stream, strlen(stream));
}

static int run(struct db *db, struct buf *b, uint64_t *rows, struct err *e)
{
	int status = db_exec_count(db, buf_cstr(b), rows, e);

	buf_free(b);
	return status < 0 ? err_prefix(e, "%s", CHECKPOINT_TABLE) : 0;
}

/* ---- Making it ---- */

/* It is looked for first, since CREATE needs a privilege even where the table stands; and
 * again after a failure, since another process may have made it meanwhile. */
static int create_table(struct db *db, struct err *e)
{
	const struct apply_ops *ops = db->ops->apply;
	struct err unused = ERR_INIT;
	struct buf b = BUF_INIT;
	int status = ops->has_table(db, CHECKPOINT_TABLE, e);

	if (status)
		return status < 0 ? -1 : 0;
	buf_addf(&b, "CREATE TABLE IF NOT EXISTS " CHECKPOINT_TABLE " ("
		     "stream %s NOT NULL PRIMARY KEY, position text, sequence text, "
		     "source_ms bigint, applied_ms bigint, seen_ms bigint, "
		     "events bigint NOT NULL, transactions bigint NOT NULL, "
		     "started bigint NOT NULL, closed text)", ops->name_type);
	status = db_exec(db, buf_cstr(&b), e);
	if (status < 0 && ops->has_table(db, CHECKPOINT_TABLE, &unused) > 0) {
		err_clear(e);
		status = 0;
	}
	err_clear(&unused);
	buf_free(&b);
	return status;
}

int checkpoint_create(struct db *db, const char *stream, struct err *e)
{
	struct err unused = ERR_INIT;
	struct buf b = BUF_INIT;
	struct checkpoint c;
	uint64_t rows;
	int status;

	if (!*stream || strlen(stream) > STREAM_MAX)
		return err_set(e, EXIT_BAD, "the stream's name must have 1 to %d bytes",
			       STREAM_MAX);
	if (create_table(db, e) < 0 || checkpoint_read(db, stream, &c, e) < 0)
		return -1;
	checkpoint_free(&c);
	if (c.there)
		return 0;
	buf_adds(&b, "INSERT INTO " CHECKPOINT_TABLE
		     " (stream, events, transactions, started) VALUES (");
	db_add_literal(db, &b, stream, strlen(stream));
	buf_adds(&b, ", 0, 0, 0)");
	status = run(db, &b, &rows, e);
	if (status < 0 && checkpoint_read(db, stream, &c, &unused) == 0) {
		checkpoint_free(&c);
		if (c.there) {
			err_clear(e);
			status = 0;
		}
	}
	err_clear(&unused);
	return status;
}

/* ---- Reading ---- */

static int read_position(const struct result *r, struct checkpoint *c, struct err *e)
{
	const char *text = result_get(r, 0, 0);

	if (!text)
		return 0;
	if (position_parse(&c->position, text, strlen(text), e) < 0)
		return err_prefix(e, "%s", CHECKPOINT_TABLE);
	c->at_position = true;
	return 0;
}

int checkpoint_read(struct db *db, const char *stream, struct checkpoint *c, struct err *e)
{
	struct buf b = BUF_INIT;
	struct result r = {0};
	int status = db->ops->apply->has_table(db, CHECKPOINT_TABLE, e);

	*c = (struct checkpoint){0};
	if (status <= 0)
		return status;
	buf_adds(&b, "SELECT position, source_ms, applied_ms, seen_ms, events, transactions,"
		     " started, sequence, closed FROM " CHECKPOINT_TABLE);
	add_where(db, &b, stream);
	status = db_query(db, buf_cstr(&b), &r, e);
	if (status == 0 && r.nrows) {
		c->there = true;
		c->source_ms = result_number(&r, 0, 1);
		c->applied_ms = result_number(&r, 0, 2);
		c->seen_ms = result_number(&r, 0, 3);
		c->events = (uint64_t)result_number(&r, 0, 4);
		c->transactions = (uint64_t)result_number(&r, 0, 5);
		c->started = (uint64_t)result_number(&r, 0, 6);
		c->sequence = result_copy(&r, 0, 7);
		c->closed = result_copy(&r, 0, 8);
		status = read_position(&r, c, e);
	}
	buf_free(&b);
	result_free(&r);
	return status;
}

void checkpoint_free(struct checkpoint *c)
{
	if (c->at_position)
		position_free(&c->position);
	c->at_position = false;
	free(c->sequence);
	free(c->closed);
	c->sequence = c->closed = NULL;
}

/* ---- Moving ---- */

int checkpoint_is_closed(const char *stream, const char *why, struct err *e)
{
	err_set(e, EXIT_GATE, "stream %s is closed: %s", stream, why);
	return err_hint(e, "cdcapply --set-checkpoint opens it again");
}

/* Why the checkpoint did not move. Returns -1. */
static int was_moved(struct db *db, const char *stream, struct err *e)
{
	struct checkpoint now;

	if (checkpoint_read(db, stream, &now, e) < 0)
		return -1;
	if (now.closed) {
		checkpoint_is_closed(stream, now.closed, e);
	} else {
		err_set(e, EXIT_FAILED, "another cdcapply has moved the checkpoint of stream %s",
			stream);
		err_hint(e, "let only one run at a time, or give each its own --stream");
	}
	checkpoint_free(&now);
	return -1;
}

int checkpoint_begin(struct db *db, const char *stream, struct checkpoint *c, struct err *e)
{
	struct buf b = BUF_INIT;
	uint64_t rows = 0;

	buf_adds(&b, "UPDATE " CHECKPOINT_TABLE " SET started = started + 1");
	add_where(db, &b, stream);
	buf_addf(&b, " AND started = %llu AND closed IS NULL", (unsigned long long)c->started);
	if (run(db, &b, &rows, e) < 0)
		return -1;
	if (rows != 1)
		return was_moved(db, stream, e);
	c->started++;
	return 0;
}

static void add_ms(struct buf *b, const char *column, int64_t ms)
{
	if (ms)
		buf_addf(b, ", %s = %lld", column, (long long)ms);
	else
		buf_addf(b, ", %s = NULL", column);
}

int checkpoint_write(struct db *db, const char *stream, const struct checkpoint *c,
		     struct err *e)
{
	struct buf b = BUF_INIT, position = BUF_INIT;
	uint64_t rows = 0;

	buf_addf(&b, "UPDATE " CHECKPOINT_TABLE
		     " SET events = %llu, transactions = %llu, started = %llu",
		 (unsigned long long)c->events, (unsigned long long)c->transactions,
		 (unsigned long long)c->started);
	add_ms(&b, "source_ms", c->source_ms);
	add_ms(&b, "applied_ms", c->applied_ms);
	add_ms(&b, "seen_ms", c->seen_ms);
	buf_adds(&b, ", position = ");
	if (c->at_position) {
		position_add(&position, &c->position);
		db_add_literal(db, &b, position.p, position.n);
		buf_free(&position);
	} else {
		buf_adds(&b, "NULL");
	}
	buf_adds(&b, ", sequence = ");
	if (c->sequence)
		db_add_literal(db, &b, c->sequence, strlen(c->sequence));
	else
		buf_adds(&b, "NULL");
	add_where(db, &b, stream);
	if (run(db, &b, &rows, e) < 0)
		return -1;
	if (rows != 1)
		return err_set(e, EXIT_FAILED, "the checkpoint of stream %s is gone", stream);
	return 0;
}

/* `started` moves, so that who applies at this moment finds out. */
int checkpoint_close(struct db *db, const char *stream, const char *why, struct err *e)
{
	struct buf b = BUF_INIT;
	uint64_t rows = 0;

	buf_adds(&b, "UPDATE " CHECKPOINT_TABLE " SET started = started + 1, closed = ");
	if (why)
		db_add_literal(db, &b, why, strlen(why));
	else
		buf_adds(&b, "NULL");
	add_where(db, &b, stream);
	if (run(db, &b, &rows, e) < 0)
		return -1;
	if (rows != 1)
		return err_set(e, EXIT_GATE, "the target has no checkpoint of stream %s", stream);
	return 0;
}

int checkpoint_seen(struct db *db, const char *stream, int64_t seen_ms, struct err *e)
{
	struct buf b = BUF_INIT;
	uint64_t rows;

	buf_addf(&b, "UPDATE " CHECKPOINT_TABLE " SET seen_ms = %lld", (long long)seen_ms);
	add_where(db, &b, stream);
	buf_adds(&b, " AND closed IS NULL");
	if (run(db, &b, &rows, e) < 0)
		return -1;
	return rows == 1 ? 0 : was_moved(db, stream, e);
}
