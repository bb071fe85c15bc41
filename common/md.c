#include "md.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <strings.h>

struct md {
	EVP_MD *algorithm;
	EVP_MD_CTX *ctx;
	char *name;
	size_t size;
};

/* OpenSSL has several names for one algorithm: the one that people write. */
static char *plain_name(const EVP_MD *md)
{
	static const char *const usual[] = {"sha1", "sha224", "sha256", "sha384", "sha512", "md5"};
	char *name;

	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		if (EVP_MD_is_a(md, usual[i]))
			return xstrdup(usual[i]);
	name = xstrdup(EVP_MD_get0_name(md));
	for (char *p = name; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return name;
}

struct md *md_open(const char *algorithm, struct err *e)
{
	const char *wanted = algorithm ? algorithm : "sha256";
	EVP_MD *found = EVP_MD_fetch(NULL, wanted, NULL);
	struct md *md;
	int size = found ? EVP_MD_get_size(found) : 0;

	if (size < 8 || size > MD_MAX) {
		EVP_MD_free(found);
		err_set(e, EXIT_BAD, "%s is no message digest of OpenSSL%s", wanted,
			size ? " of 8 to 64 bytes" : "");
		err_hint(e, "openssl list -digest-algorithms lists them");
		return NULL;
	}
	md = xcalloc(1, sizeof *md);
	md->algorithm = found;
	md->size = (size_t)size;
	md->name = plain_name(found);
	md->ctx = EVP_MD_CTX_new();
	if (!md->ctx || !EVP_DigestInit_ex2(md->ctx, found, NULL))
		die(EXIT_FAILED, "OpenSSL cannot start %s", wanted);
	return md;
}

void md_free(struct md *md)
{
	if (!md)
		return;
	EVP_MD_CTX_free(md->ctx);
	EVP_MD_free(md->algorithm);
	free(md->name);
	free(md);
}

const char *md_name(const struct md *md)
{
	return md->name;
}

size_t md_size(const struct md *md)
{
	return md->size;
}

/* Without a type, the context begins anew with its algorithm, which saves the fetch. */
void md_sum(struct md *md, const void *p, size_t n, unsigned char *out)
{
	if (!EVP_DigestInit_ex2(md->ctx, NULL, NULL) || !EVP_DigestUpdate(md->ctx, p, n) ||
	    !EVP_DigestFinal_ex(md->ctx, out, NULL))
		die(EXIT_FAILED, "OpenSSL failed to compute %s", md->name);
}
