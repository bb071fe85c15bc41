/* Digests of rows: encoding, lanes, sums, buckets. */
#include <stdio.h>
#include <stdlib.h>

#include "digest.h"
#include "unit.h"

static struct field text(const char *s)
{
	return (struct field){s, s ? strlen(s) : 0};
}

static struct digest *open_digest(const char *algorithm, const char *const *names, size_t n)
{
	struct err e = ERR_INIT;
	struct digest *d = digest_open(algorithm, names, n, &e);

	assert_null(e.msg);
	assert_non_null(d);
	return d;
}

static void check_row(struct digest *d, struct field *f, size_t n, const char *encoding)
{
	struct err e = ERR_INIT;
	struct md *md = md_open(digest_algorithm(d), &e);
	unsigned char want[MD_MAX];

	md_sum(md, encoding, strlen(encoding), want);
	assert_memory_equal(digest_row(d, &(struct row){f, n}), want, md_size(md));
	md_free(md);
}

static void test_encoding(void **state)
{
	static const char *const names[] = {"b", "a", "B"};
	struct digest *d = open_digest(NULL, names, 3);
	struct buf longest = BUF_INIT, encoding = BUF_INIT;
	struct field f[3];

	(void)state;
	f[0] = text("two"), f[1] = text("one"), f[2] = text(NULL);
	check_row(d, f, 3, "-3:one3:two");
	f[0] = text(""), f[1] = text("1:x"), f[2] = text("-");
	check_row(d, f, 3, "1:-3:1:x0:");
	for (size_t n = 9; n <= 1000000; n = n * 10 + 9) {
		buf_reset(&longest);
		buf_reset(&encoding);
		memset(buf_room(&longest, n), 'x', n);
		longest.n = n;
		buf_addf(&encoding, "-%zu:", n);
		buf_add(&encoding, longest.p, n);
		buf_adds(&encoding, "-");
		f[0] = f[2] = text(NULL);
		f[1] = (struct field){longest.p, n};
		check_row(d, f, 3, buf_cstr(&encoding));
	}
	buf_free(&longest);
	buf_free(&encoding);
	digest_free(d);
}

static void test_known_digest(void **state)
{
	/* printf 1:1 | sha256sum */
	static const char want[] = "sha256:"
		"d6b5915c46057bcb005f46f6433df65609dd3a7a57af75ac1a5a4a7c299ebffb";
	static const char *const names[] = {"a"};
	struct digest *d = open_digest("SHA2-256", names, 1);
	struct digest_sum sum = {0};
	struct field f = text("1");
	struct buf b = BUF_INIT;

	(void)state;
	digest_sum_row(&sum, d, digest_row(d, &(struct row){&f, 1}));
	digest_sum_text(&b, digest_algorithm(d), digest_lanes(d), &sum);
	assert_string_equal(buf_cstr(&b), want);
	assert_int_equal(sum.rows, 1);
	buf_free(&b);
	digest_free(d);
}

/* Whatever the order and the grouping of rows, sums are the same; text reads back. */
static void test_sums(void **state)
{
	static const char *const algorithms[] = {"md5", "sha1", "sha224", "sha256", "sha384",
						 "sha512", "blake2s256"};
	static const char *const names[] = {"a", "b"};
	uint64_t seed = 1;

	(void)state;
	for (size_t i = 0; i < COUNT(algorithms); i++) {
		struct digest *d = open_digest(algorithms[i], names, 2);
		struct digest_sum all = {0}, part[3] = {{0}}, back = {0};
		struct buf b = BUF_INIT, name = BUF_INIT;

		for (int k = 0; k < 1000; k++) {
			char s[2][32];
			struct field f[2];
			const unsigned char *out;

			for (int c = 0; c < 2; c++) {
				snprintf(s[c], sizeof s[c], "%llx",
					 (unsigned long long)next_random(&seed));
				f[c] = text(k % 7 == c ? NULL : s[c]);
			}
			out = digest_row(d, &(struct row){f, 2});
			digest_sum_row(&all, d, out);
			digest_sum_row(&part[next_random(&seed) % 3], d, out);
		}
		digest_sum_text(&b, algorithms[i], digest_lanes(d), &all);
		assert_int_equal(digest_sum_parse(b.p, b.n, &name, &back), digest_size(d) / 8);
		assert_buf(&name, algorithms[i]);
		back.rows = 1000;
		assert_true(digest_sum_equal(&all, &back));
		digest_sum_add(&part[0], &part[1]);
		assert_false(digest_sum_equal(&all, &part[0]));
		digest_sum_add(&part[0], &part[2]);
		assert_true(digest_sum_equal(&all, &part[0]));
		buf_free(&b);
		buf_free(&name);
		digest_free(d);
	}
}

static void test_bad_texts(void **state)
{
	static const char *const bad[] = {
		"", "sha256", ":0011223344556677", "sha256:", "sha256:001122334455667",
		"sha256:00112233445566778", "sha256:001122334455667g", "sha256:00112233445566AA",
		"x:0000000000000000000000000000000000000000000000000000000000000000000000000000000"
		"00000000000000000000000000000000000000000000000000000000000000000",
	};
	struct digest_sum s = {0};
	struct buf name = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(digest_sum_parse(bad[i], strlen(bad[i]), &name, &s), 0);
	buf_free(&name);
}

static void test_buckets(void **state)
{
	static const char *const names[] = {"v", "id"};
	static const size_t key[] = {1};
	struct digest *d = open_digest("sha512", names, 2);
	struct field f[2];
	size_t seen[4] = {0};

	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct row row = {f, 2};
		char s[16];
		uint64_t bucket;

		snprintf(s, sizeof s, "%d", i);
		f[0] = text("x"), f[1] = text(s);
		bucket = digest_bucket(d, &row, key, 1, 4);
		assert_in_range(bucket, 0, 3);
		seen[bucket]++;
		f[0] = text(NULL);
		assert_int_equal(digest_bucket(d, &row, key, 1, 4), bucket);
		assert_int_equal(digest_bucket(d, &row, key, 1, 1), 0);
	}
	for (int i = 0; i < 4; i++)
		assert_in_range(seen[i], 150, 350);
	digest_free(d);
}

static void test_refusals(void **state)
{
	static const char *const twice[] = {"a", "b", "a"};
	struct err e = ERR_INIT;

	(void)state;
	assert_null(digest_open("rot13", twice, 2, &e));
	assert_int_equal(e.status, EXIT_BAD);
	err_clear(&e);
	assert_null(digest_open(NULL, twice, 3, &e));
	assert_non_null(strstr(e.msg, "two columns of the name a"));
	err_clear(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_encoding),
		cmocka_unit_test(test_known_digest),
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_bad_texts),
		cmocka_unit_test(test_buckets),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
