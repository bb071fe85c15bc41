/*
 * What the server's and the library's error numbers mean ("MySQL Server Error Message
 * Reference"; "MySQL Client Error Message Reference"; MariaDB's "Error Codes").
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "mysql_impl.h"

bool my_row_fault(unsigned code)
{
	static const unsigned codes[] = {
		1022, 1048, 1062, 1169, 1216, 1217, 1263, 1264, 1265, 1292, 1366, 1367, 1369,
		1406, 1411, 1416, 1441, 1451, 1452, 1526, 1557, 1586, 1644, 1690, 1748, 1761,
		1762, 1767, 1859, 1862, 3140, 3141, 3146, 3156, 3157, 3643, 3819, 3820, 4025,
		4026, 4037, 4038, 4078, 6137};

	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (codes[i] == code)
			return true;
	return false;
}

bool my_exists_already(struct db *db)
{
	static const unsigned codes[] = {1007, 1050, 1060, 1061, 1068, 1826, 3822};

	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (my_errno(my_of(db)) == codes[i])
			return true;
	/* MariaDB: a foreign key of that name. */
	return my_errno(my_of(db)) == 1005 && strstr(my_error(my_of(db)), "errno: 121 ");
}

bool my_outdated_snapshot(struct db *db)
{
	return my_errno(my_of(db)) == 1412;
}

static enum exit_status error_status(unsigned code, const char *state)
{
	if (code >= 2000 && code < 3000)
		return code == 2054 || code == 2058 || code == 2059 || code == 2061 ? EXIT_BAD
										    : EXIT_FAILED;
	if (code == 1040 || code == 1203 || code == 1226)
		return EXIT_FAILED;
	/* 1221, 1288: a view that is no target of LOAD DATA. */
	if (code == 1045 || code == 1698 || code == 1227 || code == 1221 || code == 1288 ||
	    code == 3118 || code == 3159 || code == 1236)
		return EXIT_BAD;
	if (!strncmp(state, "42", 2) || !strncmp(state, "28", 2) || !strncmp(state, "22", 2) ||
	    !strncmp(state, "23", 2) || !strncmp(state, "3D", 2) || !strncmp(state, "21", 2) ||
	    !strncmp(state, "25", 2))
		return EXIT_BAD;
	return my_row_fault(code) ? EXIT_BAD : EXIT_FAILED;
}

static const char *error_hint(unsigned code, const char *text)
{
	switch (code) {
	case 1290: /* it names the option, which may be another */
		return strstr(text, "read-only") ? "the server is a replica, or closed (fence status "
		       "tells): to write nevertheless wants READ_ONLY ADMIN (MariaDB) or "
		       "CONNECTION_ADMIN (MySQL)" : NULL;
	case 1045:
	case 1698:
		return "check user and password: in the URL, an option file ([client]) or MYSQL_PWD";
	case 1044:
	case 1142:
	case 1143:
	case 1227:
	case 1370:
		return "the user lacks a privilege: see SHOW GRANTS";
	case 1049:
		return "check the database in the URL: SHOW DATABASES lists those that the user may see";
	case 2002:
	case 2003:
	case 2005:
		return "check host, port or socket in the URL, and that the server is up";
	case 2026:
		return "check ssl-mode, ssl-ca, ssl-cert and ssl-key in the URL";
	case 3159:
		return "the server wants TLS: add ?ssl-mode=REQUIRED to the URL";
	case 1236:
		return "if the server has removed that part of its binary log, begin anew from a fresh "
		       "copy; binlog_expire_logs_seconds keeps logs for longer";
	case 1205:
	case 1213:
		return "another session holds locks on these rows: try again";
	case 1020: /* MariaDB's innodb_snapshot_isolation */
		return "another session changed these rows meanwhile: try again";
	default:
		return NULL;
	}
}

/* The server's message as one lower-case line without a full stop. */
static char *error_text(const char *msg)
{
	char *s = xstrdup(msg && *msg ? msg : "the server gave no message");
	size_t n = strlen(s);

	if (isupper((unsigned char)s[0]) && islower((unsigned char)s[1]))
		s[0] = (char)tolower((unsigned char)s[0]);
	for (size_t i = 0; i < n; i++)
		if (s[i] == '\n' || s[i] == '\r')
			s[i] = ' ';
	while (n && (s[n - 1] == '.' || s[n - 1] == ' '))
		s[--n] = '\0';
	return s;
}

int my_fail_with(struct err *e, unsigned code, const char *state, const char *msg)
{
	char *text = error_text(msg);
	const char *hint = error_hint(code, text);

	err_set(e, error_status(code, state), "%s (%u)", text, code);
	if (hint)
		err_hint(e, "%s", hint);
	free(text);
	return -1;
}
