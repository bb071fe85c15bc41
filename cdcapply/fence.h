/* What the files of fence share. */
#ifndef FENCE_H
#define FENCE_H

#include "db_fence.h"
#include "opt.h"

enum command { OFF, DRAIN, ON, STATUS };

struct options {
	uint64_t timeout;
	struct opt_list clients;
	bool kill, force, all, quiet;
	const char *other;
	enum command command;
	char *url;
};

/* ---- Clients (fence_clients.c) ---- */

/* Those that are wanted come to the front; returns how many: those that match, and with
 * `writers` only those that write. */
size_t clients_choose(const struct options *o, struct fence_clients *c, bool writers);

/* Names the first n on stderr, or as many of them as are not too many. */
void clients_tell(const struct fence_clients *c, size_t n);

/* Ends the sessions of the first n; they are named. Returns 0 or -1. */
int clients_kill(struct db *db, const struct fence_clients *c, size_t n, struct err *e);

/* ---- fence_status.c ---- */

/* Prints what `fence status` tells. Returns the exit status or -1. */
int fence_status(struct db *db, const struct options *o, struct err *e);

#endif
