/* fence: who is connected. */
#include <fnmatch.h>

#include "fence.h"

#define LISTED 50 /* clients that are named */

static bool matches(const struct options *o, const struct fence_client *c)
{
	for (int i = 0; i < o->clients.n; i++)
		if ((c->application && !fnmatch(o->clients.v[i], c->application, 0)) ||
		    (c->user && !fnmatch(o->clients.v[i], c->user, 0)))
			return true;
	return o->clients.n == 0;
}

static void swap(struct fence_client *a, struct fence_client *b)
{
	struct fence_client c = *a;

	*a = *b;
	*b = c;
}

size_t clients_choose(const struct options *o, struct fence_clients *c, bool writers)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++)
		if (matches(o, &c->v[i]) && (!writers || c->v[i].writes))
			swap(&c->v[n++], &c->v[i]);
	return n;
}

static void add_seconds(struct buf *b, const char *what, int64_t seconds)
{
	if (seconds >= 0)
		buf_addf(b, "%s%lld s", what, (long long)seconds);
}

static void tell_client(const char *before, const struct fence_client *c)
{
	struct buf b = BUF_INIT;

	buf_addf(&b, "%s%s: %s", before, c->id, c->user ? c->user : "?");
	if (c->host)
		buf_addf(&b, "@%s", c->host);
	if (c->application)
		buf_addf(&b, " (%s)", c->application);
	add_seconds(&b, ", connected for ", c->connected);
	if (c->state)
		buf_addf(&b, ", %s", c->state);
	add_seconds(&b, " for ", c->lasting);
	add_seconds(&b, ", in a transaction for ", c->transaction);
	if (c->writes)
		buf_adds(&b, ", writes");
	warn("%s", buf_cstr(&b));
	buf_free(&b);
}

void clients_tell(const struct fence_clients *c, size_t n)
{
	for (size_t i = 0; i < n && i < LISTED; i++)
		tell_client("  ", &c->v[i]);
	if (n > LISTED)
		warn("  and %zu more", n - LISTED);
}

int clients_kill(struct db *db, const struct fence_clients *c, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		int status = fence_kill(db, &c->v[i], e);

		if (status < 0)
			return -1;
		tell_client(status ? "ended session " : "did not end, or was gone: ", &c->v[i]);
	}
	return 0;
}
