#include "definition.h"

#include "value.h"

static int stop(const struct sink *s, const struct change *c, uint64_t line, struct err *e)
{
	struct buf b = BUF_INIT;

	(void)s;
	position_add(&b, &c->position);
	buf_addc(&b, 0);
	err_set(e, EXIT_GATE, "line %llu: a definition changed on the source%s%.*s",
		(unsigned long long)line, c->sql.p ? ": " : "", (int)c->sql.n, c->sql.p);
	err_hint(e, "change the target likewise, then go on with --on-ddl skip-first; position %s",
		 b.p);
	buf_free(&b);
	return -1;
}

int definition_change(struct sink *s, const struct change *c, uint64_t line, struct err *e)
{
	if (sink_is_behind(s, c))
		return 0;
	if (s->options->on_ddl == DDL_STOP)
		return stop(s, c, line, e);
	tables_forget(&s->tables);
	return sink_heard(s, c, e) < 0 ? -1 : sink_beat(s, true, e);
}
