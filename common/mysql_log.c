#include "mysql_log.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "mysql_rpl.h"

#define FIRST_EVENTS_MS 10000
#define BUSY_MS 100 /* after so long a caller hears that nothing wanted has come */

/* ---- Positions ---- */

const char *my_log_place(struct my_log *l, struct buf *b)
{
	buf_reset(b);
	buf_addf(b, "%s:%llu", l->file ? l->file : "", (unsigned long long)l->event_pos);
	return buf_cstr(b);
}

static void set_here(struct position *p, const char *file, uint64_t pos)
{
	if (!p->file || strcmp(p->file, file)) {
		free(p->file);
		p->file = xstrdup(file);
	}
	p->pos = pos;
}

bool my_log_here(struct my_log *l)
{
	int order;

	if (!l->file)
		return false;
	if (!l->replaying) {
		set_here(&l->after, l->file, l->pos);
		return false;
	}
	set_here(&l->replay, l->file, l->pos);
	order = position_compare(&l->replay, &l->after);
	l->replaying = order < 0;
	if (order > 0)
		set_here(&l->after, l->file, l->pos);
	return order <= 0;
}

const struct position *my_log_after(struct my_log *l)
{
	struct buf b = BUF_INIT;

	if (l->replaying)
		return &l->after;
	free(l->after.prepared);
	l->after.prepared = l->nprepared ? xstrdup(l->prepared[0].at) : NULL;
	free(l->after.gtid);
	l->after.gtid = NULL;
	if (l->knows_gtids)
		gtid_set_text(&l->gtids, &b);
	if (b.n)
		l->after.gtid = buf_detach(&b);
	buf_free(&b);
	return &l->after;
}

/* Moves to the end that an event tells, of which it has only the lower 32 bits. */
static void move(struct my_log *l, uint32_t to)
{
	uint64_t pos = (l->pos & ~(uint64_t)UINT32_MAX) | to;

	l->pos = pos < l->pos ? pos + ((uint64_t)1 << 32) : pos;
}

static int take_rotate(struct my_log *l, const struct my_event *ev, struct err *e)
{
	struct field file;
	uint64_t pos;

	if (my_rotate_read(ev, &file, &pos, e) < 0)
		return -1;
	/* The server went down in mid-group, and began a new file. */
	if (l->group.open)
		my_group_drop(l);
	free(l->file);
	l->file = xstrndup(file.p, file.n);
	l->pos = pos;
	if (l->after.file)
		my_log_here(l);
	return 0;
}

/* The server has sent all that is before the position that a heartbeat tells. */
static void take_heartbeat(struct my_log *l, const struct my_event *ev)
{
	if (l->group.open || !l->file || strlen(l->file) != ev->n ||
	    memcmp(l->file, ev->body, ev->n) || ev->end < 4)
		return;
	if (l->pos <= UINT32_MAX && ev->end > l->pos)
		l->pos = ev->end;
	my_log_here(l);
}

static int take_gtids(struct my_log *l, const struct my_event *ev, struct err *e)
{
	if (l->knows_gtids)
		return 0;
	gtid_set_free(&l->gtids);
	if (ev->type == MY_PREVIOUS_GTIDS) {
		if (gtid_set_decode(&l->gtids, ev->body, ev->n, e) < 0)
			return -1;
	} else {
		const unsigned char *p = ev->body + 4, *end = ev->body + ev->n;

		for (; ev->n >= 4 && end - p >= 16; p += 16)
			gtid_set_put(&l->gtids, (uint32_t)my_uint(p, 4),
				     (uint32_t)my_uint(p + 4, 4), my_uint(p + 8, 8));
	}
	l->knows_gtids = true;
	return 0;
}

static int take(struct my_log *l, const struct my_event *ev, struct err *e)
{
	l->event_pos = l->pos;
	switch (ev->type) {
	case MY_ROTATE:
		return take_rotate(l, ev, e);
	case MY_HEARTBEAT:
		take_heartbeat(l, ev);
		return 0;
	case MY_HEARTBEAT_V2:
		return 0;
	default:
		break;
	}
	if (ev->end && !(ev->flags & MY_EVENT_ARTIFICIAL))
		move(l, ev->end);
	if (ev->type == MY_FORMAT)
		return 0;
	if (ev->type == MY_PREVIOUS_GTIDS || ev->type == MY_GTID_LIST)
		return take_gtids(l, ev, e);
	return my_group_take(l, ev, e);
}

static int feed(struct my_log *l, const void *p, size_t n, struct err *e)
{
	struct my_event ev;

	*l->bytes += n;
	if (my_event_read(&ev, p, n, &l->checksums, e) < 0)
		return err_prefix(e, "%s", my_log_place(l, &l->scratch));
	return take(l, &ev, e);
}

/* ---- Connecting ---- */

static void disconnect(struct my_log *l)
{
	my_rpl_close(l->rpl);
	l->rpl = NULL;
	db_close(l->db);
	l->db = NULL;
}

/* MariaDB takes its list of GTIDs from a variable. */
static int set_mariadb_gtids(struct my_log *l, const char *gtids, struct err *e)
{
	struct buf b = BUF_INIT;
	int status;

	buf_adds(&b, "SET @slave_connect_state = ");
	db_add_literal(l->db, &b, gtids, strlen(gtids));
	status = my_exec(my_of(l->db), buf_cstr(&b), e);
	buf_free(&b);
	return status;
}

/* Where reading goes on. */
static struct position *next_position(struct my_log *l)
{
	return l->replaying ? &l->replay : &l->after;
}

/* Asks for the log from there on. */
static int ask(struct my_log *l, struct err *e)
{
	const struct position *p = l->replaying ? &l->replay : my_log_after(l);
	struct my_rpl_start start = {.file = p->file ? p->file : "", .pos = p->file ? p->pos : 4,
				     .server_id = l->server_id};
	bool by_gtid = !p->file || p->pos > UINT32_MAX;
	struct buf gtids = BUF_INIT;
	int status = 0;

	if (by_gtid && !p->gtid)
		return err_set(e, EXIT_BAD, "%s:%llu: the server cannot begin behind 4 GiB of a "
			       "binary log without GTIDs", start.file, (unsigned long long)p->pos);
	if (by_gtid && l->mariadb) {
		status = set_mariadb_gtids(l, p->gtid, e);
		start.file = "";
		start.pos = 4;
	} else if (by_gtid) {
		gtid_set_encode(&l->gtids, &gtids);
		start.gtids = gtids.p;
		start.ngtids = gtids.n;
	}
	if (status == 0 && !(l->rpl = my_rpl_open(my_of(l->db), &start, e)))
		status = -1;
	buf_free(&gtids);
	return status;
}

static int cannot_read(struct my_log *l, struct err *e)
{
	const struct position *p = next_position(l);

	if (!p->file)
		return err_prefix(e, "cannot read the binary log behind GTID %s", p->gtid);
	return err_prefix(e, "cannot read the binary log from %s:%llu", p->file,
			  (unsigned long long)p->pos);
}

static int connect_log(struct my_log *l, struct err *e)
{
	disconnect(l);
	my_group_drop(l);
	if (!l->db && !(l->db = db_open(l->u, e)))
		return -1;
	l->checksums = false;
	if (ask(l, e) == 0)
		return 0;
	disconnect(l);
	return -1;
}

/* Whether another connection may help; then one is made, after a while. */
static bool reconnect(struct my_log *l, struct err *e)
{
	struct my_patience patience = {0};
	bool lost = l->rpl ? my_rpl_lost(l->rpl) : true;

	while (lost && e->status == EXIT_FAILED && my_patience_wait(&patience)) {
		err_clear(e);
		if (connect_log(l, e) == 0)
			return true;
	}
	return false;
}

/*
 * A server that was killed while it wrote leaves a file that ends within an event, and begins
 * another one. What is torn was never committed: recovery rolls back what has no end in the log
 * (MariaDB Knowledge Base, "Transaction Coordinator Log"). So all goes on in the next file.
 */
static bool pass_torn_end(struct my_log *l, struct err *e)
{
	struct err why = ERR_INIT;
	char *next = NULL;

	if (!l->file || !e->msg || !strstr(e->msg, "truncated in the middle of event"))
		return false;
	disconnect(l);
	if (!(l->db = db_open(l->u, &why)) || my_next_binlog(my_of(l->db), l->file, &next, &why) < 0 ||
	    !next) {
		err_clear(&why);
		return false;
	}
	warn("warning: %s ends within a transaction that a crash of the server undid; going on with %s",
	     l->file, next);
	set_here(next_position(l), next, 4);
	free(next);
	if (connect_log(l, &why) < 0) {
		err_clear(&why);
		return false;
	}
	err_clear(e);
	return true;
}

/* ---- Opening ---- */

/* The connection serves the log alone; so another one asks for the user's name. */
static int lacks_privilege(struct my_log *l, struct err *e)
{
	struct err ignored = ERR_INIT;
	struct db *db = db_open(l->u, &ignored);

	if (db)
		my_lacks_replication(my_of(db), e);
	db_close(db);
	err_clear(&ignored);
	return -1;
}

int my_log_open(struct my_log *l, struct err *e)
{
	const void *p;
	size_t n;
	int status;

	l->server_id = l->o->server_id;
	while (l->server_id < 1u << 30)
		if (getrandom(&l->server_id, sizeof l->server_id, 0) < 0)
			l->server_id = 1u << 30 | (uint32_t)getpid();
	if (l->o->server_id)
		l->server_id = l->o->server_id;
	l->mariadb = my_of(l->db)->mariadb;
	l->fold_names = my_of(l->db)->fold_names;
	if (my_log_begin(l, e) < 0 || ask(l, e) < 0)
		return -1;
	/* The first event is made up by the server; where it cannot begin, an error comes. */
	status = my_rpl_next(l->rpl, FIRST_EVENTS_MS, &p, &n, e);
	if (status < 0 && my_errno(my_of(l->db)) == MY_LACKS_PRIVILEGE)
		return lacks_privilege(l, e);
	if (status < 0)
		return cannot_read(l, e);
	return status == 0 ? 0 : feed(l, p, n, e);
}

void my_log_close(struct my_log *l)
{
	disconnect(l);
	my_group_free(l);
	gtid_set_free(&l->gtids);
	position_free(&l->after);
	position_free(&l->replay);
	free(l->file);
	buf_free(&l->scratch);
}

/* ---- Reading ---- */

static int64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int my_log_next(struct my_log *l, int ms, struct err *e)
{
	int64_t began = clock_ms(), left = ms;
	int busy = ms > BUSY_MS ? ms : BUSY_MS, status;

	do {
		const void *p;
		size_t n;

		status = my_rpl_next(l->rpl, left > 0 ? (int)left : 0, &p, &n, e);
		if (status == 0)
			return 0;
		if (status < 0 && !pass_torn_end(l, e) && !reconnect(l, e))
			return cannot_read(l, e);
		if (status > 0 && (status = feed(l, p, n, e)))
			return status;
		left = began + ms - clock_ms();
	} while (left + busy - ms > 0);
	return 0;
}
