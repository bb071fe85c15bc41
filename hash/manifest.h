/*
 * Manifests: digests as text, made for diff(1). A line for each part: rows, digest and name,
 * with a tab between them; or a JSON object. A digest of parts has a header of lines that
 * begin with #, and a line with the whole at the end.
 */
#ifndef MANIFEST_H
#define MANIFEST_H

#include "digest.h"
#include "io.h"

enum manifest_format { MANIFEST_TEXT, MANIFEST_NDJSON };

struct manifest {
	struct out *out;
	enum manifest_format format;
	const char *algorithm; /* of the digests being written; borrowed */
	size_t lanes;
	struct digest_sum total;
};

/* Starts the digests of a table or stream; algorithm is borrowed. */
void manifest_begin(struct manifest *m, const char *algorithm, size_t lanes);

/* Writes the header of a digest of parts: how it was parted ("buckets 16 of id"), and the
 * columns, which are sorted here. */
int manifest_header(struct manifest *m, const char *parts, const char *const *columns, size_t n,
		    struct err *e);

/* Writes one line and adds it to the total. */
int manifest_line(struct manifest *m, const char *name, const struct digest_sum *s, struct err *e);

/* Writes the total behind the parts. */
int manifest_end(struct manifest *m, struct err *e);

/* Adds up the lines of manifests in text form and writes one line. */
int manifest_sum(struct out *out, enum manifest_format format, char **files, struct err *e);

#endif
