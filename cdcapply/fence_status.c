/* fence status: one JSON object. */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fence.h"
#include "io.h"
#include "stream.h"

static void add_text(struct buf *b, const char *key, const char *s)
{
	buf_addf(b, ",\"%s\":", key);
	if (!s || json_add_string(b, s, strlen(s)) < 0)
		buf_adds(b, "null");
}

static void add_number(struct buf *b, const char *key, int64_t n)
{
	if (n >= 0)
		buf_addf(b, ",\"%s\":%lld", key, (long long)n);
	else
		buf_addf(b, ",\"%s\":null", key);
}

static void add_client(struct buf *b, const struct fence_client *c)
{
	size_t start = b->n;

	add_text(b, "id", c->id);
	b->p[start] = '{';
	add_text(b, "user", c->user);
	add_text(b, "host", c->host);
	add_text(b, "application", c->application);
	add_text(b, "state", c->state);
	add_number(b, "connected_seconds", c->connected);
	add_number(b, "state_seconds", c->lasting);
	add_number(b, "transaction_seconds", c->transaction);
	buf_addf(b, ",\"writes\":%s}", c->writes ? "true" : "false");
}

static void add_state(struct buf *b, const struct fence_state *s)
{
	static const char *const names[] = {"on", "partly", "off"};
	time_t t = (time_t)(s->since_ms / 1000);
	char when[64];
	struct tm tm;

	buf_addf(b, "{\"writes\":\"%s\"", names[s->writes]);
	if (s->recorded && gmtime_r(&t, &tm)) {
		strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &tm);
		add_text(b, "since", when);
		add_text(b, "by", s->by);
	}
	if (s->detail)
		add_text(b, "detail", s->detail);
}

int fence_status(struct db *db, const struct options *o, struct err *e)
{
	struct fence_state s;
	struct fence_clients c = {0};
	struct out out;
	size_t n;

	if (fence_read(db, &s, e) < 0 || fence_clients(db, &c, e) < 0)
		return -1;
	n = clients_choose(o, &c, false);
	out_open(&out, STDOUT_FILENO, "standard output");
	add_state(&out.b, &s);
	buf_addf(&out.b, ",\"clients\":%zu,\"client\":[", n);
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_addc(&out.b, ',');
		add_client(&out.b, &c.v[i]);
	}
	buf_adds(&out.b, "]}\n");
	fence_state_free(&s);
	fence_clients_free(&c);
	return out_close(&out, e) < 0 ? -1 : EXIT_DONE;
}
