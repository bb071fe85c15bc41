/*
 * The parameters of a mysql:// URL.
 */
#include <string.h>

#include "mysql_impl.h"
#include "value.h"

#define TIMEOUT_DEFAULT 30
#define TIMEOUT_MAX 86400

static const char *const known_params[] = {"socket", "ssl-mode", "ssl-ca", "ssl-cert", "ssl-key",
					   "connect-timeout", "compress", NULL};
static const char *const ssl_modes[] = {"DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA",
					"VERIFY_IDENTITY", NULL}; /* as enum my_ssl_mode */

static int list_index(const char *const *list, const char *s)
{
	for (int i = 0; list[i]; i++)
		if (!strcasecmp(list[i], s))
			return i;
	return -1;
}

static int not_in_list(struct err *e, const char *what, const char *value, const char *const *list)
{
	struct buf b = BUF_INIT;

	for (int i = 0; list[i]; i++)
		buf_addf(&b, "%s%s", i ? ", " : "", list[i]);
	err_set(e, EXIT_BAD, "%s '%s' in the URL is not known", what, value);
	err_hint(e, "known are %s", buf_cstr(&b));
	buf_free(&b);
	return -1;
}

static int check_params(const struct url *u, struct err *e)
{
	for (size_t i = 0; i < u->nparams; i++) {
		const char *name = u->param[i].name;

		if (!strcmp(name, "charset")) {
			err_set(e, EXIT_BAD, "the URL cannot choose a charset");
			return err_hint(e, "the connection is always utf8mb4: leave it out");
		}
		if (list_index(known_params, name) < 0)
			return not_in_list(e, "parameter", name, known_params);
	}
	return 0;
}

static int read_timeout(const char *text, unsigned *seconds, struct err *e)
{
	uint64_t v = TIMEOUT_DEFAULT;

	if (text && (value_uint(text, strlen(text), &v) != VALUE_OK || v > TIMEOUT_MAX))
		return err_set(e, EXIT_BAD, "connect-timeout '%s' is not a number of seconds", text);
	*seconds = (unsigned)v;
	return 0;
}

static int read_tls(const struct url *u, struct my_options *o, struct err *e)
{
	const char *name = url_param(u, "ssl-mode");
	int mode = name ? list_index(ssl_modes, name) : MY_SSL_PREFERRED;

	if (mode < 0)
		return not_in_list(e, "ssl-mode", name, ssl_modes);
	o->ssl_mode = (enum my_ssl_mode)mode;
	o->ssl_mode_name = ssl_modes[mode];
	o->ssl_ca = url_param(u, "ssl-ca");
	o->ssl_cert = url_param(u, "ssl-cert");
	o->ssl_key = url_param(u, "ssl-key");
	if (o->ssl_mode == MY_SSL_VERIFY_CA && !o->ssl_ca)
		return err_set(e, EXIT_BAD, "ssl-mode=VERIFY_CA needs ssl-ca=FILE in the URL");
	return 0;
}

int my_read_options(const struct url *u, struct my_options *o, struct err *e)
{
	const char *compress = url_param(u, "compress");

	*o = (struct my_options){.socket = url_param(u, "socket")};
	o->compress = compress && strcmp(compress, "0");
	o->tcp = u->port && !o->socket;
	if (check_params(u, e) < 0 ||
	    read_timeout(url_param(u, "connect-timeout"), &o->connect_seconds, e) < 0)
		return -1;
	return read_tls(u, o, e);
}
