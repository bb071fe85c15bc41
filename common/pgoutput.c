#include "pgoutput.h"

#include <stdlib.h>

#include "event.h"

/* ---- Reading within bounds ---- */

/* Once a read would pass the end, bad is set and all reads give zeros. */
struct cursor {
	const unsigned char *p, *end;
	bool bad;
};

static uint64_t get(struct cursor *c, size_t n)
{
	uint64_t v = 0;

	if ((size_t)(c->end - c->p) < n) {
		c->bad = true;
		c->p = c->end;
		return 0;
	}
	for (size_t i = 0; i < n; i++)
		v = v << 8 | *c->p++;
	return v;
}

static uint32_t get32(struct cursor *c)
{
	uint32_t v;

	if (c->end - c->p < 4)
		return (uint32_t)get(c, 4);
	memcpy(&v, c->p, 4);
	c->p += 4;
	return __builtin_bswap32(v);
}

static const char *get_bytes(struct cursor *c, size_t n)
{
	const char *p = (const char *)c->p;

	if ((size_t)(c->end - c->p) < n) {
		c->bad = true;
		c->p = c->end;
		return "";
	}
	c->p += n;
	return p;
}

static const char *get_string(struct cursor *c)
{
	const unsigned char *nul = memchr(c->p, '\0', (size_t)(c->end - c->p));

	if (!nul) {
		c->bad = true;
		c->p = c->end;
		return "";
	}
	return get_bytes(c, (size_t)(nul + 1 - c->p));
}

/* ---- Tuples ---- */

/* TupleData. Only text is asked for, so binary values are an error. */
static void get_tuple(struct cursor *c, struct field **f, size_t *room, struct row *row)
{
	size_t n = get(c, 2);

	if (n > (size_t)(c->end - c->p)) { /* each column has a byte at least */
		c->bad = true;
		return;
	}
	if (n > *room) {
		*f = xrealloc(*f, n * sizeof **f);
		*room = n;
	}
	*row = (struct row){*f, n};
	for (size_t i = 0; i < n && !c->bad; i++) {
		uint32_t size;

		switch (get(c, 1)) {
		case 't':
			size = get32(c);
			row->f[i] = (struct field){get_bytes(c, size), size};
			break;
		case 'n':
			row->f[i] = (struct field){NULL, 0};
			break;
		case 'u':
			row->f[i] = (struct field){event_absent, 0};
			break;
		default:
			c->bad = true;
		}
	}
}

static void get_change(struct cursor *c, struct pgoutput_parser *parser, struct pgoutput *m)
{
	int tag;

	m->relation = get32(c);
	tag = (int)get(c, 1);
	if (m->kind != PGOUTPUT_INSERT && (tag == 'K' || tag == 'O')) {
		m->old_kind = (char)tag;
		get_tuple(c, &parser->old, &parser->old_room, &m->old);
		if (m->kind == PGOUTPUT_DELETE)
			return;
		tag = (int)get(c, 1);
	}
	if (tag != 'N' || m->kind == PGOUTPUT_DELETE)
		c->bad = true;
	else
		get_tuple(c, &parser->new, &parser->new_room, &m->new);
}

/* ---- Messages ---- */

static void get_commit(struct cursor *c, struct pgoutput *m)
{
	get(c, 1); /* flags, unused */
	m->commit_lsn = get(c, 8);
	m->end_lsn = get(c, 8);
	m->time = (int64_t)get(c, 8);
}

static void get_truncate(struct cursor *c, struct pgoutput *m)
{
	m->nrelations = get32(c);
	m->flags = (uint8_t)get(c, 1);
	if (m->nrelations > (size_t)(c->end - c->p) / 4)
		c->bad = true;
	else
		m->relations = get_bytes(c, (size_t)m->nrelations * 4);
}

static void get_message(struct cursor *c, struct pgoutput *m)
{
	uint32_t size;

	m->flags = (uint8_t)get(c, 1);
	m->lsn = get(c, 8);
	m->prefix = get_string(c);
	size = get32(c);
	m->content = (struct field){get_bytes(c, size), size};
}

/* All kinds that stand in transactions. False: it is none of them. */
static bool get_inner(struct cursor *c, struct pgoutput_parser *parser, struct pgoutput *m)
{
	switch (m->kind) {
	case PGOUTPUT_RELATION:
		m->relation = get32(c);
		m->body.n = (size_t)(c->end - c->p);
		m->body.p = get_bytes(c, m->body.n);
		return true;
	case PGOUTPUT_TYPE: /* the catalogue knows more of it */
		get_bytes(c, (size_t)(c->end - c->p));
		return true;
	case PGOUTPUT_INSERT:
	case PGOUTPUT_UPDATE:
	case PGOUTPUT_DELETE:
		get_change(c, parser, m);
		return true;
	case PGOUTPUT_TRUNCATE:
		get_truncate(c, m);
		return true;
	case PGOUTPUT_MESSAGE:
		get_message(c, m);
		return true;
	default:
		return false;
	}
}

static bool get_outer(struct cursor *c, struct pgoutput *m)
{
	switch (m->kind) {
	case PGOUTPUT_BEGIN:
		m->commit_lsn = get(c, 8);
		m->time = (int64_t)get(c, 8);
		m->xid = get32(c);
		return true;
	case PGOUTPUT_COMMIT:
		get_commit(c, m);
		return true;
	case PGOUTPUT_ORIGIN: /* where the source has it from */
		m->lsn = get(c, 8);
		get_string(c);
		return true;
	case PGOUTPUT_STREAM_START:
		m->xid = get32(c);
		get(c, 1); /* whether it is the first part */
		return true;
	case PGOUTPUT_STREAM_STOP:
		return true;
	case PGOUTPUT_STREAM_COMMIT:
		m->xid = get32(c);
		get_commit(c, m);
		return true;
	case PGOUTPUT_STREAM_ABORT:
		m->xid = get32(c);
		m->subxid = get32(c);
		return true;
	default:
		return false;
	}
}

int pgoutput_parse(struct pgoutput_parser *parser, const char *p, size_t n, bool in_stream,
		   struct pgoutput *m, struct err *e)
{
	struct cursor c = {(const unsigned char *)p, (const unsigned char *)p + n, false};

	*m = (struct pgoutput){.kind = (enum pgoutput_kind)get(&c, 1)};
	if (c.bad)
		return err_set(e, EXIT_FAILED, "an empty message came from pgoutput");
	if (!get_outer(&c, m)) {
		if (in_stream)
			m->xid = get32(&c);
		if (!get_inner(&c, parser, m))
			return err_set(e, EXIT_FAILED, "a message of pgoutput begins with byte "
				       "0x%02x, which protocol version 2 does not "
				       "know", (unsigned)m->kind);
	}
	if (c.bad || c.p != c.end)
		return err_set(e, EXIT_FAILED, "a message '%c' of pgoutput with %zu bytes is %s",
			       (char)m->kind, n, c.bad ? "cut off or malformed" : "too long");
	return 0;
}

void pgoutput_parser_free(struct pgoutput_parser *parser)
{
	free(parser->old);
	free(parser->new);
	*parser = (struct pgoutput_parser){0};
}

uint32_t pgoutput_truncated(const struct pgoutput *m, uint32_t i)
{
	struct cursor c = {(const unsigned char *)m->relations + (size_t)i * 4,
			   (const unsigned char *)m->relations + (size_t)m->nrelations * 4, false};

	return get32(&c);
}

int pgoutput_relation(struct field body, struct pgoutput_relation *r, struct err *e)
{
	struct cursor c = {(const unsigned char *)body.p,
			   (const unsigned char *)body.p + body.n, false};

	*r = (struct pgoutput_relation){0};
	r->schema = get_string(&c);
	r->name = get_string(&c);
	r->identity = (char)get(&c, 1);
	r->ncols = get(&c, 2);
	r->col = xcalloc(r->ncols, sizeof *r->col);
	for (size_t i = 0; i < r->ncols && !c.bad; i++) {
		r->col[i].key = get(&c, 1) & 1;
		r->col[i].name = get_string(&c);
		r->col[i].type = get32(&c);
		r->col[i].typmod = (int32_t)get32(&c);
	}
	if (!c.bad && c.p == c.end)
		return 0;
	free(r->col);
	*r = (struct pgoutput_relation){0};
	return err_set(e, EXIT_FAILED, "a message of pgoutput that describes a relation is "
		"malformed");
}
