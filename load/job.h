/*
 * One load, from its reader to its table: what the parts of the program share.
 */
#ifndef JOB_H
#define JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"
#include "progress.h"
#include "stream.h"

struct lines;
struct rejects;

struct job {
	struct db *db;
	struct reader *in;
	const char *in_name;   /* "standard input" */
	char *table_name;      /* as messages show it */
	struct table *table;
	struct load_spec spec;

	size_t *field;         /* spec.col[i] is filled from the input's field field[i] */
	bool in_order;         /* field[i] == i, and no field is left over */
	struct row mapped;     /* room for one row in the order of spec.col */

	struct misfit why;     /* of the last misfit */
	struct lines *lines;   /* which line a row of the current run began on */
	struct rejects *rejects; /* NULL without --reject */

	uint64_t batch;        /* rows a transaction; 0: all */
	uint64_t rows;         /* loaded, committed or about to be */
	uint64_t committed;    /* of these: in finished transactions */
	uint64_t rejected;
	struct merge_result merged;
	bool at_end;           /* the reader has reached the end mark */
	struct progress progress;
};

static inline void job_progress(struct job *job)
{
	progress_rows(&job->progress, reader_rows(job->in), reader_bytes(job->in));
}

#endif
