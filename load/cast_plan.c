#include "cast_plan.h"

#include <stdlib.h>
#include <string.h>

#include "cast_loss.h"
#include "value.h"

#define KEPT (1 << 20) /* memory of a value above this is given back */

/* ---- Making the plan ---- */

static struct cast_column *find(const struct cast_plan *p, const char *name)
{
	for (size_t i = 0; i < p->ncols; i++)
		if (!strcmp(p->col[i].name, name))
			return &p->col[i];
	return NULL;
}

static int no_column(const struct cast_plan *p, const struct rule *r, struct err *e)
{
	struct buf names = BUF_INIT;

	for (size_t i = 0; i < p->ncols; i++) {
		buf_adds(&names, i ? ", " : "");
		value_add_quoted(&names, p->col[i].name, strlen(p->col[i].name));
	}
	err_set(e, EXIT_BAD, "%s: there is no column %s (%s)", p->in_name, r->column, r->text);
	err_hint(e, "the columns are %s", buf_cstr(&names));
	buf_free(&names);
	return -1;
}

static int column_exists(const struct cast_plan *p, const struct rule *r, const char *name,
			 struct err *e)
{
	return err_set(e, EXIT_BAD, "%s: there is a column %s already (%s)", p->in_name, name,
		       r->text);
}

static struct cast_column *append(struct cast_plan *p, const char *name)
{
	struct cast_column *c;

	p->col = xrealloc(p->col, (p->ncols + 1) * sizeof *p->col);
	c = &p->col[p->ncols++];
	*c = (struct cast_column){.name = xstrdup(name), .kind = JSON_STRING};
	return c;
}

static void add_step(struct cast_column *c, struct rule *r)
{
	c->step = xrealloc(c->step, (c->nsteps + 1) * sizeof *c->step);
	c->step[c->nsteps++] = (struct cast_step){.rule = r};
	if (r->op->typed)
		c->kind = r->op->kind;
}

static void free_column(struct cast_column *c)
{
	for (size_t i = 0; i < c->nsteps; i++)
		buf_free(&c->step[i].to);
	free(c->step);
	free(c->name);
}

static void drop(struct cast_plan *p, struct cast_column *c)
{
	size_t behind = (size_t)(p->col + p->ncols - (c + 1));

	free_column(c);
	memmove(c, c + 1, behind * sizeof *c);
	p->ncols--;
}

static int add_constant(struct cast_plan *p, const struct rule *r, struct err *e)
{
	struct cast_column *c;

	if (find(p, r->column))
		return column_exists(p, r, r->column, e);
	c = append(p, r->column);
	c->added = true;
	c->kind = r->json;
	if (r->to)
		c->constant = (struct field){r->to, strlen(r->to)};
	return 0;
}

static int rename_column(const struct cast_plan *p, struct cast_column *c, const struct rule *r,
			 struct err *e)
{
	if (find(p, r->to))
		return column_exists(p, r, r->to, e);
	free(c->name);
	c->name = xstrdup(r->to);
	return 0;
}

static int plan_rule(struct cast_plan *p, struct rule *r, struct err *e)
{
	struct cast_column *c;

	if (r->kind == RULE_ADD)
		return add_constant(p, r, e);
	if (!r->column) {
		for (size_t i = 0; i < p->ncols; i++)
			add_step(&p->col[i], r);
		return 0;
	}
	c = find(p, r->column);
	if (!c)
		return no_column(p, r, e);
	if (r->kind == RULE_RENAME)
		return rename_column(p, c, r, e);
	if (r->kind == RULE_DROP)
		drop(p, c);
	else
		add_step(c, r);
	return 0;
}

int plan_make(struct cast_plan *p, struct reader *in, const char *in_name, struct rule *rules,
	      size_t nrules, struct cast_loss *loss, struct err *e)
{
	*p = (struct cast_plan){
		.in = in, .in_name = in_name, .rule = rules, .nrules = nrules, .loss = loss,
	};
	for (size_t i = 0; i < reader_ncolumns(in); i++)
		append(p, reader_column(in, i))->from = i;
	for (size_t i = 0; i < nrules; i++)
		if (plan_rule(p, &rules[i], e) < 0)
			return -1;
	if (p->ncols == 0)
		return err_set(e, EXIT_BAD, "%s: the rules leave no column", in_name);
	p->row = (struct row){xcalloc(p->ncols, sizeof *p->row.f), p->ncols};
	p->kind = xcalloc(p->ncols, sizeof *p->kind);
	p->active = xcalloc(p->ncols, sizeof *p->active);
	for (size_t i = 0; i < p->ncols; i++) {
		p->kind[i] = p->col[i].kind;
		if (p->col[i].nsteps)
			p->active[p->nactive++] = i;
	}
	return 0;
}

void plan_free(struct cast_plan *p)
{
	for (size_t i = 0; i < p->ncols; i++)
		free_column(&p->col[i]);
	free(p->col);
	free(p->active);
	free(p->row.f);
	free(p->kind);
}

/* ---- Rows ---- */

/* The column's name where the rule stands; later rules may rename it. */
static const char *name_at(const struct cast_column *c, const struct rule *r)
{
	return r->column ? r->column : c->name;
}

static int refuse(const struct cast_plan *p, const struct cast_column *c, const struct rule *r,
		  struct field f, const struct cast_why *why, struct err *e)
{
	struct buf value = BUF_INIT;

	value_add_quoted(&value, f.p ? f.p : "NULL", f.p ? f.n : 4);
	err_set(e, EXIT_BAD, "%s line %llu: column %s: %s %s (%s)", p->in_name,
		(unsigned long long)reader_line(p->in), name_at(c, r), buf_cstr(&value),
		why->what, r->text);
	if (why->hint)
		err_hint(e, "%s", why->hint);
	buf_free(&value);
	return -1;
}

static int lose(struct cast_plan *p, const struct cast_column *c, struct rule *r,
		struct field old, struct field new, const struct row *in, struct err *e)
{
	static const struct cast_why why = {"would change with loss", NULL};
	struct cast_change change = {.column = name_at(c, r), .old = old, .new = new};

	if (p->loss->refuse)
		return refuse(p, c, r, old, &why, e);
	if (p->loss->path)
		change.line = reader_line(p->in);
	return loss_add(p->loss, r, &change, p->in, in, e);
}

/* Applies the steps of column i to its value in p->row. */
static int cast_value(struct cast_plan *p, size_t i, const struct row *in, struct err *e)
{
	struct cast_column *c = &p->col[i];
	struct field *f = &p->row.f[i];

	for (struct cast_step *s = c->step; s < c->step + c->nsteps; s++) {
		const struct cast_op *op = s->rule->op;
		enum cast_result result;
		struct field old = *f;
		struct cast_why why;

		if (!f->p && !op->nulls)
			continue;
		buf_reset(&s->to);
		buf_trim(&s->to, KEPT);
		result = op->apply(s->rule, f, &s->to, &why);
		if (result == CAST_BAD || (result == CAST_UNFIT && s->rule->column))
			return refuse(p, c, s->rule, old, &why, e);
		if (result == CAST_UNFIT) {
			*f = old;
			continue;
		}
		if (op->typed)
			p->kind[i] = op->kind;
		else if (result != CAST_SAME)
			p->kind[i] = JSON_STRING;
		if (result == CAST_LOSS && lose(p, c, s->rule, old, *f, in, e) < 0)
			return -1;
	}
	return 0;
}

int plan_row(struct cast_plan *p, const struct row *in, struct err *e)
{
	bool told = reader_format(p->in) == STREAM_NDJSON;

	for (size_t i = 0; i < p->ncols; i++) {
		const struct cast_column *c = &p->col[i];

		p->row.f[i] = c->added ? c->constant : in->f[c->from];
		p->kind[i] = told && !c->added ? reader_kind(p->in, c->from) : c->kind;
	}
	for (size_t k = 0; k < p->nactive; k++)
		if (cast_value(p, p->active[k], in, e) < 0)
			return -1;
	return 0;
}
