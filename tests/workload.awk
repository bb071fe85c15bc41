# workload.awk: random transactions as SQL, for tests of change streams.
#   awk -v engine=mysql|pg -v seed=1 -v transactions=1000 -f workload.awk
# Tables: item (unique code, large texts), pair (composite key), journal (no key: one row for each
# committed transaction, so that one applied twice or not at all shows), scrap (is truncated).
# With -v tables=1: their definitions instead.

function pick(n) { return int(rand() * n) }
function say(sql) { print sql ";" }

function text(n,    s) {
	s = ""
	do s = s word[pick(words)]; while (length(s) < n)
	return "'" (engine == "mysql" ? escape(s) : s) "'"
}
function escape(s) { gsub(/\\/, "\\\\", s); return s }

# Random bytes that the server cannot compress away, so that PostgreSQL puts them aside (TOAST).
function large() {
	if (engine == "mysql") return "REPEAT(MD5(RAND()), 150)"
	return "(SELECT string_agg(md5(random()::text), '') FROM generate_series(1, 150))"
}
function bytes() { return engine == "mysql" ? "UNHEX('00ff5c27" pick(90) + 10 "')" : "'\\x00ff5c27" pick(90) + 10 "'" }
function null_or(v) { return pick(5) ? v : "NULL" }
function flag() { return engine == "mysql" ? pick(2) : (pick(2) ? "true" : "false") }
function ignore() { return engine == "mysql" ? "INSERT IGNORE" : "INSERT" }
function unless() { return engine == "mysql" ? "" : " ON CONFLICT DO NOTHING" }
function number(n) { return (pick(2) ? "-" : "") pick(n) "." pick(100) }

function insert_item(id) {
	say(ignore() " INTO item (id, code, n, amount, ratio, note, body, at, day, flag, data) VALUES (" \
		id ", 'c" id "-" pick(9) "', " null_or(pick(2000000000)) ", " null_or(number(100000)) ", " \
		null_or(number(1000) "e" pick(30)) ", " null_or(text(pick(60))) ", " \
		(pick(3) ? "NULL" : large()) ", " null_or("'2024-0" pick(9) + 1 "-1" pick(9) " 1" pick(9) ":00:00." pick(999999) "'") \
		", " null_or("'20" pick(90) + 10 "-0" pick(9) + 1 "-2" pick(9) "'") ", " flag() ", " \
		null_or(bytes()) ")" unless())
}

function change(    id, other) {
	id = pick(ids); other = pick(ids)
	what = pick(100)
	if (what < 25) insert_item(id)
	else if (what < 40) say("UPDATE item SET n = " pick(1000) ", amount = " number(99) " WHERE id = " id)
	else if (what < 50) say("UPDATE item SET note = " null_or(text(pick(200))) ", flag = " flag() " WHERE id BETWEEN " id " AND " id + 5)
	else if (what < 53) say("UPDATE item SET body = " large() " WHERE id = " id)
	else if (what < 63) say("DELETE FROM item WHERE id = " id)
	else if (what < 69) {
		say("DELETE FROM item WHERE id = -" id)
		say("UPDATE item SET id = -id WHERE id = " id)
	}
	else if (what < 73) swap(id, other)
	else if (what < 83) say(ignore() " INTO pair (a, b, v) VALUES (" pick(30) ", " text(3) ", " null_or(number(10)) ")" unless())
	else if (what < 90) say("UPDATE pair SET v = " number(10) " WHERE a = " pick(30))
	else if (what < 93) say("DELETE FROM pair WHERE a = " pick(30))
	else if (what < 99) say("INSERT INTO scrap (id, v) VALUES (" seed * 100000 + ++serial ", " text(9) ")")
	else if (what < 100) say("DELETE FROM journal WHERE v IS NULL")
}

# Two rows exchange their unique codes, by way of a third value.
function swap(a, b) {
	if (a == b) return
	say("UPDATE item SET code = CONCAT('swap', id) WHERE id IN (" a ", " b ")")
	say("UPDATE item SET code = 'from" b "-" serial++ "-" seed "' WHERE id = " a)
	say("UPDATE item SET code = 'from" a "-" serial++ "-" seed "' WHERE id = " b)
	say("UPDATE item SET code = CONCAT('x', code) WHERE id = " a)
}

function transaction(i,    j, n) {
	say("BEGIN")
	n = 1 + pick(6)
	if (pick(150) == 0) n = 400 + pick(800)
	for (j = 0; j < n; j++) change()
	if (pick(10) == 0) {
		say("SAVEPOINT s")
		for (j = 0; j < 3; j++) change()
		say(pick(2) ? "ROLLBACK TO SAVEPOINT s" : "RELEASE SAVEPOINT s")
	}
	say("INSERT INTO journal (n, v) VALUES (" i % 50 ", " null_or("'" seed "'") ")")
	say(pick(12) ? "COMMIT" : "ROLLBACK")
	if (pick(200) == 0)
		say("TRUNCATE TABLE scrap")
}

function definitions(    my) {
	my = engine == "mysql"
	say("CREATE TABLE item (id INT PRIMARY KEY, code VARCHAR(60) NOT NULL UNIQUE, n BIGINT, " \
		"amount DECIMAL(12,4), ratio " (my ? "DOUBLE" : "DOUBLE PRECISION") ", note VARCHAR(400), body " \
		(my ? "LONGTEXT" : "TEXT") ", at " (my ? "DATETIME(6)" : "TIMESTAMP(6)") ", day DATE, flag " \
		(my ? "TINYINT(1)" : "BOOLEAN") ", data " (my ? "BLOB" : "BYTEA") ")")
	say("CREATE TABLE pair (a INT, b VARCHAR(40)" (my ? " COLLATE utf8mb4_bin" : "") ", v DECIMAL(6,2), PRIMARY KEY (a, b))")
	say("CREATE TABLE journal (n INT, v VARCHAR(40))")
	say("CREATE TABLE scrap (id BIGINT PRIMARY KEY, v VARCHAR(60))")
	# A table without a key needs an identity for deletes.
	if (!my) say("ALTER TABLE journal REPLICA IDENTITY FULL")
}

BEGIN {
	words = split("it''s|\303\251t\303\251|, \"so\"|\\.|\342\202\254|0123|\t|\n|A|z", word, "|")
	word[0] = "zero"
	srand(seed)
	if (!ids) ids = 300
	if (tables) definitions()
	else for (i = 0; i < transactions; i++) transaction(i)
}
