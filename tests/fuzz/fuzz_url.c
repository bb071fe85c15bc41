/*
 * Takes any text apart as a database URL. With a password in it, neither a
 * message, nor the masked URL, nor the argument left behind may show it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "url.h"

#define PASSWORD "S3s4m3!"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Text in which the byte '$' stands for the password. */
static char *expand(const uint8_t *data, size_t n)
{
	char *s = xmalloc(n * strlen(PASSWORD) + 1), *to = s;

	for (size_t i = 0; i < n && data[i]; i++) {
		if (data[i] == '$')
			to = stpcpy(to, PASSWORD);
		else
			*to++ = (char)data[i];
	}
	*to = '\0';
	return s;
}

static void must_not_show(const char *text)
{
	if (text && strstr(text, PASSWORD))
		abort();
}

/* Whether the URL is one whose password is where it should be: user:$@… */
static bool has_password(const struct url *u, const char *arg)
{
	const char *at = strstr(arg, ":" PASSWORD "@");

	return u->engine == ENGINE_MYSQL ? u->password && strstr(u->password, PASSWORD)
					 : at && strcspn(strstr(arg, "://") + 3, "/?:") ==
						 (size_t)(at - strstr(arg, "://") - 3);
}

/* Whether the message may name what stands there instead of a scheme. */
static bool names_no_scheme(const char *arg)
{
	const char *password = strstr(arg, PASSWORD);

	return !strpbrk(arg, "=@:") || !password || password < strpbrk(arg, ":");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct err e = ERR_INIT;
	char *arg = expand(data, n), *given = xstrdup(arg);
	struct url *u = url_parse(arg, &e);

	if (!u) {
		if (!e.msg || e.status != EXIT_BAD)
			abort();
		if (!names_no_scheme(given))
			must_not_show(e.msg);
		must_not_show(e.hint);
		must_not_show(arg);
	} else if (has_password(u, given) && !strstr(strstr(given, PASSWORD) + 1, PASSWORD)) {
		must_not_show(u->masked);
		must_not_show(arg);
	}
	if (u && u->engine == ENGINE_MYSQL && strcmp(u->text, given))
		abort();
	url_free(u);
	err_clear(&e);
	free(arg);
	free(given);
	return 0;
}
