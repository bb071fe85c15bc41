/* Where a capture of the binary log begins. */
#include "mysql_log.h"

#include <string.h>

/* MariaDB knows the GTIDs at a position. */
static int find_gtids(struct my_log *l, struct err *e)
{
	struct buf b = BUF_INIT;
	struct result r;
	int status;

	buf_adds(&b, "SELECT BINLOG_GTID_POS(");
	db_add_literal(l->db, &b, l->after.file, strlen(l->after.file));
	buf_addf(&b, ", %llu)", (unsigned long long)l->after.pos);
	status = my_query(my_of(l->db), buf_cstr(&b), &r, e);
	buf_free(&b);
	if (status < 0)
		return -1;
	l->after.gtid = r.nrows ? result_copy(&r, 0, 0) : NULL;
	result_free(&r);
	return 0;
}

static int now(struct my_log *l, struct position *p, struct err *e)
{
	struct buf b = BUF_INIT;
	int status = my_position(l->db, &b, e);

	if (status == 0)
		status = position_parse(p, b.p, b.n, e);
	buf_free(&b);
	return status;
}

/* Where to begin; a set of GTIDs that is all that there is, is the end of the log. */
static int find_beginning(struct my_log *l, struct err *e)
{
	const struct position *from = l->o->from;
	struct position p;

	if (from && from->file) {
		position_copy(&l->after, from);
		return l->mariadb && !from->gtid ? find_gtids(l, e) : 0;
	}
	if (now(l, &p, e) < 0)
		return -1;
	if (!from || (p.gtid && from->gtid && !strcmp(p.gtid, from->gtid))) {
		l->after = p;
		return 0;
	}
	position_free(&p);
	position_copy(&l->after, from);
	return 0;
}

/* Transactions that were prepared and not yet settled are read once more. */
static int find_prepared(struct my_log *l, struct err *e)
{
	const char *at = l->after.file ? l->after.prepared : NULL;

	if (!at)
		return 0;
	if (!position_of_file(&l->replay, at, strlen(at)) ||
	    !position_comparable(&l->replay, &l->after))
		return err_set(e, EXIT_BAD, "prepared transactions at %s are not in the log of %s", at,
			       l->after.file);
	l->replaying = position_compare(&l->replay, &l->after) < 0;
	return 0;
}

static int read_gtids(struct my_log *l, struct err *e)
{
	l->gtids.mariadb = l->mariadb;
	if (!l->after.gtid)
		return 0;
	if (gtid_set_parse(&l->gtids, l->mariadb, l->after.gtid, e) < 0)
		return -1;
	l->knows_gtids = true;
	return 0;
}

int my_log_begin(struct my_log *l, struct err *e)
{
	return find_beginning(l, e) < 0 || read_gtids(l, e) < 0 || find_prepared(l, e) < 0 ? -1 : 0;
}
