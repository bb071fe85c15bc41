/*
 * Replication by MariaDB Connector/C. Its API opens the stream; its mariadb_rpl_fetch() is
 * not used, since that takes each event apart and fails at those of MySQL 8 and 9
 * that it does not know: mysql_net_read_packet() gives them whole.
 */
#include "mysql_rpl.h"

#include <mysql.h>
#include <ma_pvio.h>
#include <mariadb_rpl.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#define COM_BINLOG_DUMP_GTID 30
#define DUMP_THROUGH_GTID 4u /* flag: the set of GTIDs counts, not the position */
#define SILENCE_SECONDS 30   /* without so much as a heartbeat the connection is dead */

struct my_rpl {
	struct my *m;
	MYSQL *conn;
	MARIADB_RPL *rpl;
	time_t heard;
	bool lost;
};

static time_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/* What a replica tells before it asks for the log: that it knows checksums; how often it wants
 * to hear; MariaDB: that it knows GTIDs. */
static int set_variables(struct my *m, struct err *e)
{
	struct buf b = BUF_INIT;
	int status;

	for (size_t i = 0; i < 2; i++) {
		const char *side = i ? "source" : "master";

		buf_addf(&b, "%s @%s_binlog_checksum = @@GLOBAL.binlog_checksum,"
			 " @%s_heartbeat_period = %lld", i ? "," : "SET", side, side,
			 MY_RPL_HEARTBEAT_SECONDS * 1000000000ll);
	}
	if (m->mariadb)
		buf_adds(&b, ", @mariadb_slave_capability = 4");
	status = my_exec(m, buf_cstr(&b), e);
	buf_free(&b);
	return status;
}

/* A peer that is gone without a word is noticed within half a minute, inside an event too. */
static void watch_peer(MYSQL *conn)
{
	int fd = mysql_get_socket(conn), on = 1, idle = 10, interval = 5, count = 4;

	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
}

static void add_uint(struct buf *b, uint64_t v, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		buf_addc(b, (char)(v >> 8 * i & 0xff));
}

/* MySQL documentation, "COM_BINLOG_DUMP_GTID"; the library has no call for it. */
static int dump_behind_gtids(struct my_rpl *r, const struct my_rpl_start *start)
{
	struct buf b = BUF_INIT;
	int status;

	add_uint(&b, DUMP_THROUGH_GTID, 2);
	add_uint(&b, start->server_id, 4);
	add_uint(&b, 0, 4); /* the length of a file's name */
	add_uint(&b, 4, 8); /* the position in it */
	add_uint(&b, start->ngtids, 4);
	buf_add(&b, start->gtids, start->ngtids);
	status = r->conn->methods->db_command(r->conn,
					      (enum enum_server_command)COM_BINLOG_DUMP_GTID, b.p,
					      b.n, 1, NULL);
	buf_free(&b);
	return status;
}

static int dump(struct my_rpl *r, const struct my_rpl_start *start)
{
	if (start->gtids)
		return dump_behind_gtids(r, start);
	mariadb_rpl_optionsv(r->rpl, MARIADB_RPL_FILENAME, start->file, strlen(start->file));
	mariadb_rpl_optionsv(r->rpl, MARIADB_RPL_START, (unsigned long)start->pos);
	mariadb_rpl_optionsv(r->rpl, MARIADB_RPL_SERVER_ID, (unsigned)start->server_id);
	mariadb_rpl_optionsv(r->rpl, MARIADB_RPL_FLAGS, 0u);
	return mariadb_rpl_open(r->rpl);
}

struct my_rpl *my_rpl_open(struct my *m, const struct my_rpl_start *start, struct err *e)
{
	struct my_rpl *r;

	if (set_variables(m, e) < 0)
		return NULL;
	r = xcalloc(1, sizeof *r);
	r->m = m;
	r->conn = my_handle(m);
	r->heard = now();
	watch_peer(r->conn);
	r->rpl = mariadb_rpl_init_ex(r->conn, MARIADB_RPL_VERSION);
	if (!r->rpl || dump(r, start)) {
		my_fail(m, e);
		my_rpl_close(r);
		return NULL;
	}
	return r;
}

void my_rpl_close(struct my_rpl *r)
{
	if (!r)
		return;
	/* The server goes on sending; so the connection is cut. */
	shutdown(mysql_get_socket(r->conn), SHUT_RDWR);
	mariadb_rpl_close(r->rpl);
	free(r);
}

/* Whether bytes have been read from the socket that no packet was made of yet. */
static bool has_read_ahead(const MYSQL *conn)
{
	const MARIADB_PVIO *io = conn->net.pvio;

	if (conn->net.compress && conn->net.remain_in_buf)
		return true;
	return io && io->cache && io->cache_pos < io->cache + io->cache_size;
}

static int lose(struct my_rpl *r, const char *why, struct err *e)
{
	r->lost = true;
	return err_set(e, EXIT_FAILED, "%s", why);
}

/* 1: something can be read. A TLS record that was read in part is noticed with the
 * next heartbeat. */
static int wait_for(struct my_rpl *r, int ms, struct err *e)
{
	struct pollfd p = {.fd = mysql_get_socket(r->conn), .events = POLLIN};
	int n;

	if (has_read_ahead(r->conn))
		return 1;
	n = poll(&p, 1, ms);
	if (n < 0 && errno != EINTR)
		return lose(r, strerror(errno), e);
	if (n <= 0 && now() - r->heard > SILENCE_SECONDS)
		return lose(r, "the server has fallen silent", e);
	return n > 0;
}

static int fail(struct my_rpl *r, struct err *e)
{
	unsigned code = mysql_errno(r->conn);

	/* The client's own errors, and the server's of its network or of its going down. */
	r->lost = (code >= 2000 && code < 3000) || (code >= 1158 && code <= 1161) ||
		  code == 1053 || code == 1152 || code == 1184 || code == 1317 || code == 1927;
	return my_fail(r->m, e);
}

int my_rpl_next(struct my_rpl *r, int ms, const void **p, size_t *n, struct err *e)
{
	int status = wait_for(r, ms, e);
	unsigned long length;
	const unsigned char *packet;

	if (status <= 0)
		return status;
	length = mysql_net_read_packet(r->conn);
	if ((uint32_t)length == UINT32_MAX) /* the library's packet_error */
		return fail(r, e);
	r->heard = now();
	packet = r->conn->net.read_pos;
	if (length < 9 && packet[0] == 0xfe)
		return lose(r, "the server has ended the stream", e);
	*p = packet + 1; /* behind the mark that all is well */
	*n = length - 1;
	return 1;
}

bool my_rpl_lost(const struct my_rpl *r)
{
	return r->lost;
}
