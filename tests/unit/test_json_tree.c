/* Trees of JSON texts: what is read the fast way is the same as what yajl makes of it. */
#include "unit.h"

#include "json_tree.h"

static void dump(struct buf *b, const struct json_tree *t, const struct json_node *n)
{
	buf_addf(b, "%d ", (int)n->kind);
	if (n->key.p) {
		buf_add(b, n->key.p, n->key.n);
		buf_addc(b, ':');
	}
	buf_add(b, n->text.p, n->text.n);
	buf_addf(b, " %u(", n->nchildren);
	for (const struct json_node *m = json_child(t, n); m; m = json_next(t, m))
		dump(b, t, m);
	buf_addc(b, ')');
}

static void describe(struct buf *b, struct json_tree *t, const char *p, size_t n)
{
	struct err e = ERR_INIT;
	const struct json_node *root = json_tree_parse(t, p, n, &e);

	buf_reset(b);
	if (root)
		dump(b, t, root);
	else
		buf_addf(b, "refused: %s", e.msg);
	buf_cstr(b);
	err_clear(&e);
}

/* A space before the text is not plain, and means nothing. */
static void compare(struct json_tree *t, const char *p, size_t n)
{
	static struct buf fast, slow, spaced;

	buf_reset(&spaced);
	buf_addc(&spaced, ' ');
	buf_add(&spaced, p, n);
	describe(&fast, t, p, n);
	describe(&slow, t, spaced.p, spaced.n);
	assert_string_equal(fast.p, slow.p);
}

static const char *const texts[] = {
	"{\"op\":\"c\",\"before\":null,\"after\":{\"id\":1,\"a\":\"r\xc3\xa9w\",\"b\":-0.01,\"d\":{},"
	"\"e\":[]},\"x\":[true,false,[1e9,2E-7,0]],\"ts_ms\":1795397835857}",
	"{\"status\":\"END\",\"position\":{\"lsn\":\"4/AC8DF190\"}}",
	"[[],{},[{\"a\":[{}]}],\"\"]", "0", "-1.5e+3", "\"text\"", "null", "{}", "[]",
};

/* Each text with each of its bytes replaced, taken out, or another put before it; and cut off. */
static void test_same(void **state)
{
	static const char others[] = "{}[]\",:\\-+.019eEntf u\x01\x7f\n\xc3\xa9";
	struct json_tree *t = json_tree_new();
	char b[512];

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		size_t n = strlen(texts[i]);

		compare(t, texts[i], n);
		for (size_t at = 0; at < n; at++) {
			memcpy(b, texts[i], n);
			compare(t, b, at);
			for (size_t k = 0; k < sizeof others; k++) {
				b[at] = others[k];
				compare(t, b, n);
			}
			memcpy(b + at, texts[i] + at + 1, n - at - 1);
			compare(t, b, n - 1);
			for (size_t k = 0; k < sizeof others; k++) {
				b[at] = others[k];
				memcpy(b + at + 1, texts[i] + at, n - at);
				compare(t, b, n + 1);
			}
		}
	}
	json_tree_free(t);
}

static void test_depth(void **state)
{
	struct json_tree *t = json_tree_new();
	char b[2 * JSON_TREE_DEPTH + 2];

	(void)state;
	for (size_t depth = 60; depth <= JSON_TREE_DEPTH + 1; depth++) {
		memset(b, '[', depth);
		memset(b + depth, ']', depth);
		compare(t, b, 2 * depth);
	}
	json_tree_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
