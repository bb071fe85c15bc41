/* Sets of global transaction ids: they name transactions on whatever server, so a stream can go
 * on from a replica that took over, whose binary log has other files and positions. */
#ifndef GTID_H
#define GTID_H

/* Whether all ids of `ids` are in `set`: 1, 0; -1: one of them is not of a known form, or they are
 * of two kinds. MariaDB: "0-1-55,1-2-7", which means all up to there in each domain. MySQL:
 * "UUID:1-5:8,UUID:tag:3". */
int gtid_contains(const char *set, const char *ids);

#endif
