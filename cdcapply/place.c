#include "place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gtid.h"

#define WHOLE "~" /* a sequence behind all others: every event at the position is applied */

static char *keep(struct buf *b, const char *s)
{
	if (!s)
		return NULL;
	buf_reset(b);
	buf_add(b, s, strlen(s) + 1);
	return b->p;
}

void place_set(struct place *p, const struct change *c)
{
	bool event = !c->resume && c->at_position;
	bool again = p->nsequence && p->nsequence == c->sequence.n && p->sequence.n &&
		     !memcmp(p->sequence.p, c->sequence.p, c->sequence.n);

	p->set = true;
	p->at_position = c->resume || c->at_position;
	if (p->at_position) {
		p->at = c->position;
		p->at.file = keep(&p->file, c->position.file);
		p->at.gtid = keep(&p->gtid, c->position.gtid);
		p->at.prepared = keep(&p->prepared, c->position.prepared);
	}
	buf_reset(&p->sequence);
	if (event && (c->commit || c->kind == CHANGE_DDL))
		buf_adds(&p->sequence, WHOLE);
	else if (event && c->has_row)
		buf_addf(&p->sequence, "%020llu", (unsigned long long)c->row);
	else if (!p->at_position)
		buf_add(&p->sequence, c->sequence.p, c->sequence.n);
	p->nsequence = p->at_position ? 0 : c->sequence.n;
	if (p->nsequence) {
		p->count = again ? p->count + 1 : 1;
		buf_addf(&p->sequence, "#%llu", (unsigned long long)p->count);
	}
	p->has_sequence = p->sequence.n > 0;
	buf_addc(&p->sequence, 0);
}

void place_copy(struct place *to, const struct place *from)
{
	to->set = from->set;
	to->at_position = from->at_position;
	to->has_sequence = from->has_sequence;
	to->nsequence = from->nsequence;
	to->count = from->count;
	if (from->at_position) {
		to->at = from->at;
		to->at.file = keep(&to->file, from->at.file);
		to->at.gtid = keep(&to->gtid, from->at.gtid);
		to->at.prepared = keep(&to->prepared, from->at.prepared);
	}
	buf_reset(&to->sequence);
	buf_add(&to->sequence, from->sequence.p, from->sequence.n);
}

void place_whole(struct place *p)
{
	if (!p->nsequence)
		return;
	p->sequence.n = p->nsequence;
	buf_addc(&p->sequence, 0);
}

/* Bytes of a checkpoint's sequence without `#count`. */
static size_t own_part(const char *sequence)
{
	const char *mark = strrchr(sequence, '#');

	if (!mark || !mark[1] || mark[1 + strspn(mark + 1, "0123456789")])
		return strlen(sequence);
	return (size_t)(mark - sequence);
}

uint64_t place_count(const struct checkpoint *at)
{
	size_t n = at->sequence ? own_part(at->sequence) : 0;

	return n && at->sequence[n] ? strtoull(at->sequence + n + 1, NULL, 10) : UINT64_MAX;
}

void place_begin(struct place *p, const struct checkpoint *at)
{
	if (at->at_position || !at->sequence || place_count(at) == UINT64_MAX)
		return;
	buf_reset(&p->sequence);
	buf_add(&p->sequence, at->sequence, strlen(at->sequence) + 1);
	p->nsequence = own_part(at->sequence);
	p->count = place_count(at);
}

void place_tell(const struct place *p, struct checkpoint *c)
{
	c->at_position = p->at_position;
	c->position = p->at;
	c->sequence = p->has_sequence ? p->sequence.p : NULL;
}

/* Events at the very position of the checkpoint. */
static int passed_there(const struct checkpoint *at, const struct change *c)
{
	char row[24];

	if (!at->sequence)
		return 0;
	if (!strcmp(at->sequence, WHOLE))
		return 1;
	snprintf(row, sizeof row, "%020llu", (unsigned long long)c->row);
	return c->has_row && strcmp(row, at->sequence) <= 0;
}

static int passed_sequence(const char *at, struct field f)
{
	size_t n = own_part(at);
	int order = memcmp(f.p, at, n < f.n ? n : f.n);

	if (order == 0 && f.n == n)
		return 2;
	return order < 0 || (order == 0 && f.n < n);
}

/* An id is the same on every server, a file and a position are not. -1: ids do not tell. */
static int passed_by_id(const struct checkpoint *at, const struct change *c)
{
	const char *set = at->position.gtid, *ids = c->position.gtid;
	int has = set && ids ? gtid_contains(set, ids) : -1;

	/* the same transactions, perhaps in a file that came later */
	if (has == 1 && c->resume && gtid_contains(ids, set) == 1)
		return -1;
	return has;
}

int place_passed(const struct checkpoint *at, const struct change *c)
{
	int order;

	if (!at->at_position && !at->sequence)
		return 0;
	if (!c->at_position && !c->resume) {
		if (!c->sequence.n)
			return 0;
		return at->at_position ? -1 : passed_sequence(at->sequence, c->sequence);
	}
	if (!at->at_position || at->position.engine != c->position.engine)
		return -1;
	if (c->format == FORMAT_ROWBOAT && (order = passed_by_id(at, c)) >= 0)
		return order;
	if (!position_comparable(&at->position, &c->position))
		return c->position.file && at->position.file ? -1 : 0;
	order = position_compare(&at->position, &c->position);
	if (order)
		return order > 0;
	return c->resume ? !c->begins : passed_there(at, c);
}

void place_free(struct place *p)
{
	buf_free(&p->file);
	buf_free(&p->gtid);
	buf_free(&p->prepared);
	buf_free(&p->sequence);
}
