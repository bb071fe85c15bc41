/*
 * What LOAD DATA LOCAL reads in place of a file: the client library's callbacks
 * (Connector/C, mysql_set_local_infile_handler()).
 */
#include <stdio.h>
#include <string.h>

#include "mysql_impl.h"

#define UNKNOWN_ERROR 2000 /* the library's CR_UNKNOWN_ERROR */

int my_infile_init(void **p, const char *name, void *ctx)
{
	(void)name;
	*p = ctx;
	return 0;
}

int my_infile_read(void *p, char *to, unsigned room)
{
	struct my_infile *in = p;
	size_t n;

	if (in->at == in->b.n) {
		int more;

		buf_reset(&in->b);
		in->at = 0;
		more = in->src(in->ctx, &in->b, &in->rows, in->e);
		in->failed = more < 0;
		if (more <= 0)
			return more;
	}
	n = in->b.n - in->at < room ? in->b.n - in->at : room;
	memcpy(to, in->b.p + in->at, n);
	in->at += n;
	return (int)n;
}

/* The buffer is freed by who made it. */
void my_infile_end(void *p)
{
	(void)p;
}

int my_infile_error(void *p, char *msg, unsigned room)
{
	(void)p;
	snprintf(msg, room, "the source of the rows failed");
	return UNKNOWN_ERROR;
}
