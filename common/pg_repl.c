#include "pg_repl.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "position.h"

#define STATUS_MS 10000 /* the server hears of us at least so often */
#define CONFIRM_MS 100  /* and at most so often */
#define END_MS 1000     /* how long the stream's end in order may take */
#define WAL_SENDER_TIMEOUT "300000" /* a reader of ours may be busy for a while */

static const int64_t EPOCH_2000 = 946684800; /* seconds since 1970 */

int64_t pg_repl_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- Connecting ---- */

/* All connections of this kind being taken is no matter of a wrong password. */
static int explain_refusal(struct err *e)
{
	if (!strstr(e->msg, "max_wal_senders"))
		return -1;
	e->status = EXIT_FAILED;
	return err_hint(e, "ALTER SYSTEM SET max_wal_senders = more, then restart the server; or "
			"end a replica");
}

int pg_repl_open(struct pg_repl *r, const struct url *u, struct err *e)
{
	r->pg = pg_of(pg_new());
	r->pg->db.masked_url = u->masked;
	r->running = r->asked = false;
	r->told = 0;
	if (pg_connect(r->pg, u, true, e) < 0)
		return explain_refusal(e);
	r->pg->version = pg_server_version(r->pg);
	if (pg_pin_session(r->pg, e) < 0)
		return -1;
	return pg_exec(&r->pg->db, "SELECT pg_catalog.set_config('wal_sender_timeout', '"
		       WAL_SENDER_TIMEOUT "', false)", e);
}

/* Adds an identifier in double quotes, those inside a literal of single quotes if `literal`. */
static void add_name(struct buf *b, const char *name, bool literal)
{
	buf_adds(b, literal ? "'\"" : "\"");
	for (; *name; name++) {
		if (*name == '"' || (literal && *name == '\''))
			buf_addc(b, *name);
		buf_addc(b, *name);
	}
	buf_adds(b, literal ? "\"'" : "\"");
}

int pg_repl_start(struct pg_repl *r, const struct pg_repl_start *s, struct err *e)
{
	bool modern = r->pg->version >= 140000;
	struct buf b = BUF_INIT;
	int status;

	buf_adds(&b, "START_REPLICATION SLOT ");
	add_name(&b, s->slot, false);
	buf_adds(&b, " LOGICAL ");
	position_add_lsn(&b, s->lsn);
	buf_addf(&b, " (proto_version '%d', publication_names ", modern ? 2 : 1);
	add_name(&b, s->publication, true);
	if (modern)
		buf_adds(&b, ", messages 'true'");
	if (modern && s->streaming)
		buf_adds(&b, ", streaming 'true'");
	buf_addc(&b, ')');
	status = pg_copy_both(r->pg, buf_cstr(&b), e);
	buf_free(&b);
	r->running = status == 0;
	r->received = s->lsn;
	r->status_ms = pg_repl_clock();
	return status;
}

void pg_repl_close(struct pg_repl *r)
{
	struct err ignored = ERR_INIT;
	int64_t until = pg_repl_clock() + END_MS, left;
	size_t n;
	char *p;

	if (!r->pg)
		return;
	if (r->running) {
		r->status_ms = 0;
		if (pg_repl_tick(r, &ignored) == 0) {
			pg_copy_both_end(r->pg);
			while ((left = until - pg_repl_clock()) > 0 &&
			       pg_copy_both_get(r->pg, &p, &n, (int)left, &ignored) >= 0)
				continue;
		}
	}
	err_clear(&ignored);
	db_close(&r->pg->db);
	r->pg = NULL;
	r->running = false;
}

bool pg_repl_passing(const struct pg_repl *r)
{
	static const char *const passing[] = {"08", "53", "57", "55006"};
	const char *s = r->pg ? r->pg->sqlstate : "";

	for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
		if (!strncmp(s, passing[i], strlen(passing[i])))
			return true;
	return !*s;
}

/* ---- Messages ---- */

static uint64_t get64(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return __builtin_bswap64(v);
}

static void put64(struct buf *b, uint64_t v)
{
	v = __builtin_bswap64(v);
	buf_add(b, &v, sizeof v);
}

/* Standby status update. What is written here is what was received; flushed and applied is what
 * was confirmed. */
static int send_status(struct pg_repl *r, struct err *e)
{
	struct timespec now;
	struct buf b = BUF_INIT;
	int status;

	clock_gettime(CLOCK_REALTIME, &now);
	buf_addc(&b, 'r');
	put64(&b, r->received > r->confirmed ? r->received : r->confirmed);
	put64(&b, r->confirmed);
	put64(&b, r->confirmed);
	put64(&b, (uint64_t)((now.tv_sec - EPOCH_2000) * 1000000 + now.tv_nsec / 1000));
	buf_addc(&b, 0);
	status = pg_copy_both_put(r->pg, b.p, b.n, e);
	buf_free(&b);
	r->told = r->confirmed;
	r->status_ms = pg_repl_clock();
	r->asked = false;
	return status;
}

int pg_repl_tick(struct pg_repl *r, struct err *e)
{
	int64_t since = pg_repl_clock() - r->status_ms;

	if (since >= STATUS_MS || (since >= CONFIRM_MS && (r->asked || r->confirmed > r->told)))
		return send_status(r, e);
	return 0;
}

/* How long may be waited until the next status is due. */
static int until_due(const struct pg_repl *r, int ms)
{
	int64_t due = r->asked || r->confirmed > r->told ? CONFIRM_MS : STATUS_MS;
	int64_t left = due - (pg_repl_clock() - r->status_ms);

	return left < 0 ? 0 : left < ms ? (int)left : ms;
}

/* Keepalive: 'k', WAL end, clock, whether to answer. Data: 'w', LSN, WAL end, clock, message. */
static enum pg_repl_kind take(struct pg_repl *r, char *p, size_t n, struct pg_repl_message *m,
			      struct err *e)
{
	r->bytes += n;
	if (n >= 25 && p[0] == 'w') {
		*m = (struct pg_repl_message){get64(p + 1), p + 25, n - 25};
		if (m->lsn > r->received)
			r->received = m->lsn;
		return PG_REPL_DATA;
	}
	if (n == 18 && p[0] == 'k') {
		*m = (struct pg_repl_message){.lsn = get64(p + 1)};
		if (m->lsn > r->received)
			r->received = m->lsn;
		r->asked |= p[17] != 0;
		return PG_REPL_KEEPALIVE;
	}
	return err_set(e, EXIT_FAILED, "the server sent a message of replication that begins with "
		       "byte 0x%02x and has %zu bytes", n ? (unsigned char)p[0] : 0, n);
}

enum pg_repl_kind pg_repl_get(struct pg_repl *r, int ms, struct pg_repl_message *m, struct err *e)
{
	size_t n;
	char *p;
	int got = pg_copy_both_get(r->pg, &p, &n, ms ? until_due(r, ms) : 0, e);

	if (got > 0)
		return take(r, p, n, m, e);
	if (got == 0 && pg_repl_tick(r, e) < 0)
		got = -1;
	return got;
}
