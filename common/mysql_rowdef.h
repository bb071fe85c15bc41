/*
 * Rows of MySQL's and MariaDB's binary log: what a TABLE_MAP event says of a table, and row
 * images to canonical text (MySQL source documentation, "Table_map_log_event", "Rows_log_event";
 * MySQL internals manual, "Binary Log Event Structure"). No connection is needed here.
 */
#ifndef MYSQL_ROWDEF_H
#define MYSQL_ROWDEF_H

#include "buf.h"
#include "err.h"
#include "row.h"
#include "table.h"

struct my_rowdef;

/* From the body of a TABLE_MAP event (behind its header; without checksum). NULL with *e set:
 * malformed (EXIT_FAILED), or a column type that nobody knows (EXIT_BAD). */
struct my_rowdef *my_rowdef_open(const void *body, size_t n, bool mariadb, struct err *e);
void my_rowdef_free(struct my_rowdef *d);

const char *my_rowdef_schema(const struct my_rowdef *d);
const char *my_rowdef_table(const struct my_rowdef *d);

/* Whether the event itself tells all that decoding needs (binlog_row_metadata=FULL). MariaDB's
 * UUID, INET6 and INET4 count as the BINARY that the event calls them. */
bool my_rowdef_complete(const struct my_rowdef *d);

/* Takes names, signs, character sets, labels from the catalogue's definition where the event
 * does not tell them. What is generated, and what is UUID, INET6, INET4 or MariaDB's JSON,
 * the catalogue alone knows: it is to be asked even if the event is complete. -1 (EXIT_BAD)
 * if the two cannot be the same table: another number of columns or other types (then the
 * definition has changed since). Columns whose names the event tells are looked up by them;
 * what has changed since stays as the event tells it, and nothing is refused. */
int my_rowdef_complete_by(struct my_rowdef *d, const struct table *t, struct err *e);

/* The columns of the decoded rows: names and types as db_select() of the table tells them,
 * without the generated columns that my_rowdef_complete_by() told of and MariaDB's hidden
 * ones; none before all is known. Owned by d. */
const struct table *my_rowdef_columns(const struct my_rowdef *d);

/* The number of columns in the event itself, which is what a rows event's bitmaps count. */
size_t my_rowdef_width(const struct my_rowdef *d);

/*
 * Decodes one row image at *at (which moves behind it): `present` is the rows event's bitmap of
 * columns. Fields go to row->f, which has room for my_rowdef_columns() (those not present are
 * event_absent), their bytes to b or into the event; valid until b changes: it is reset first.
 * `partial` (PARTIAL_UPDATE_ROWS_EVENT, after images only): the image begins with value
 * options; JSON columns may hold a diff, which is applied to the column in `before`.
 * -1 with *e set, naming table and column.
 */
int my_row_decode(struct my_rowdef *d, const unsigned char **at, const unsigned char *end,
		  const unsigned char *present, bool partial, const struct row *before,
		  struct row *row, struct buf *b, struct err *e);

/*
 * Whether the image decoded last is of the past of a system-versioned table (MariaDB): its end
 * is not the end of time, so that no SELECT sees it. The server tells the deletion of a row as
 * an update that makes it such a one, and an update by an insert of such a one besides.
 */
bool my_rowdef_is_past(const struct my_rowdef *d);

/* MySQL's binary JSON → its text as the server prints it. -1: malformed. (mysql_json.c) */
int my_json_add(struct buf *b, const void *p, size_t n);

#endif
