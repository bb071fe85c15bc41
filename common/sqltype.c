/* Types as definitions write them. */
#include <stdlib.h>
#include <string.h>

#include "sqlalter.h"
#include "sqllex.h"
#include "typemap.h"

struct type_text {
	struct buf bare;    /* the words, in lower case, one space between */
	struct buf native;  /* all of it */
	long long arg[2];
	int nargs;
	char **labels;
	size_t nlabels;
	bool is_unsigned, array;
};

static void add_word(struct type_text *t, const char *word)
{
	if (!strcmp(word, "unsigned") || !strcmp(word, "zerofill") || !strcmp(word, "signed")) {
		t->is_unsigned = t->is_unsigned || strcmp(word, "signed") != 0;
	} else {
		buf_adds(&t->bare, t->bare.n ? " " : "");
		buf_adds(&t->bare, word);
	}
	if (strcmp(word, "signed") != 0)
		buf_addf(&t->native, "%s%s", t->native.n ? " " : "", word);
}

/* "(10,2)", "('a','b')", "(max)": after the opening bracket. */
static int read_args(struct type_text *t, struct lexer *l)
{
	buf_addc(&t->native, '(');
	for (;;) {
		if (l->kind == TOKEN_NUMBER && t->nargs < 2) {
			t->arg[t->nargs++] = strtoll(buf_cstr(&l->text), NULL, 10);
			buf_adds(&t->native, buf_cstr(&l->text));
		} else if (l->kind == TOKEN_STRING) {
			t->labels = xrealloc(t->labels, (t->nlabels + 2) * sizeof *t->labels);
			t->labels[t->nlabels++] = xstrndup(l->text.p ? l->text.p : "", l->text.n);
			t->labels[t->nlabels] = NULL;
			sql_add_string(&t->native, l->engine, l->text.p, l->text.n);
		} else if (l->kind == TOKEN_WORD) { /* PostGIS: geometry(Point,4326) */
			buf_adds(&t->native, buf_cstr(&l->text));
		} else {
			return -1;
		}
		lexer_next(l);
		if (l->kind != TOKEN_OP || !strcmp(buf_cstr(&l->text), "["))
			return -1;
		if (!strcmp(buf_cstr(&l->text), ")"))
			break;
		if (strcmp(buf_cstr(&l->text), ",") != 0)
			return -1;
		buf_addc(&t->native, ',');
		lexer_next(l);
	}
	buf_addc(&t->native, ')');
	lexer_next(l);
	return 0;
}

static int read_text(struct type_text *t, struct lexer *l)
{
	while (l->kind != TOKEN_END) {
		const char *text = buf_cstr(&l->text);

		if (l->kind == TOKEN_WORD) {
			add_word(t, text);
		} else if (l->kind == TOKEN_IDENT && l->engine == ENGINE_POSTGRES) {
			if (t->native.n && t->native.p[t->native.n - 1] != '.')
				buf_addc(&t->native, ' ');
			sql_add_ident(&t->native, l->engine, text);
			buf_addc(&t->bare, '"'); /* no name that is known */
		} else if (l->kind == TOKEN_OP && !strcmp(text, "(") && !t->nargs && !t->labels) {
			lexer_next(l);
			if (read_args(t, l) < 0)
				return -1;
			continue;
		} else if (l->kind == TOKEN_OP && l->engine == ENGINE_POSTGRES &&
			   (!strcmp(text, "[") || !strcmp(text, "]") || !strcmp(text, "."))) {
			t->array = t->array || *text == '[';
			buf_adds(&t->native, text);
		} else {
			return -1;
		}
		lexer_next(l);
	}
	return t->native.n ? 0 : -1;
}

/* What the numbers in brackets say. */
static void use_args(const struct type_text *tt, struct coltype *t)
{
	switch (t->lt) {
	case LT_TEXT:
	case LT_BYTES:
	case LT_BITS:
		t->length = tt->nargs ? (uint64_t)tt->arg[0] : t->fixed ? 1 : 0;
		break;
	case LT_DECIMAL:
		if (tt->nargs) {
			t->precision = (int)tt->arg[0];
			t->scale = tt->nargs > 1 ? (int)tt->arg[1] : 0;
		}
		break;
	case LT_TIME:
	case LT_TIMETZ:
	case LT_TIMESTAMP:
	case LT_TIMESTAMPTZ:
	case LT_INTERVAL:
	case LT_DURATION:
		if (tt->nargs)
			t->precision = (int)tt->arg[0];
		break;
	case LT_FLOAT:
		if (tt->nargs == 1 && tt->arg[0] > 24)
			t->bits = 64;
		break;
	default:
		break;
	}
}

static void fill(const struct type_text *tt, enum engine engine, struct coltype *t)
{
	const struct type_name *name = typemap_name(engine, tt->bare.p);
	bool mysql = engine == ENGINE_MYSQL;

	*t = (struct coltype){.lt = LT_OTHER, .precision = -1, .scale = -1};
	if (tt->array)
		t->lt = LT_ARRAY;
	if (!name || tt->array)
		return;
	t->lt = name->lt;
	t->name = name->name;
	t->bits = name->bits;
	t->fixed = name->fixed;
	t->max_bytes = name->max_bytes;
	t->is_unsigned = tt->is_unsigned;
	t->labels = tt->labels;
	t->binary_json = mysql ? t->lt == LT_JSON : !strcmp(name->name, "jsonb");
	if (mysql && t->lt == LT_DECIMAL) {
		t->precision = 10;
		t->scale = 0;
	} else if (mysql && t->lt >= LT_TIME && t->lt <= LT_DURATION) {
		t->precision = 0;
	}
	use_args(tt, t);
}

int sqltype_parse(enum engine engine, const char *text, struct coltype *t, char **native)
{
	struct type_text tt = {0};
	struct lexer l;
	int status;

	lexer_open(&l, engine, text);
	status = read_text(&tt, &l);
	lexer_close(&l);
	if (status == 0) {
		buf_cstr(&tt.bare);
		fill(&tt, engine, t);
		/* tinyint(1) is what boolean is called */
		if (engine == ENGINE_MYSQL && tt.bare.n >= 4 && !memcmp(tt.bare.p, "bool", 4))
			*native = xstrdup("tinyint(1)");
		else
			*native = xstrdup(buf_cstr(&tt.native));
	}
	if (status < 0 || !t->labels) {
		for (size_t i = 0; i < tt.nlabels; i++)
			free(tt.labels[i]);
		free(tt.labels);
	}
	buf_free(&tt.bare);
	buf_free(&tt.native);
	return status;
}
