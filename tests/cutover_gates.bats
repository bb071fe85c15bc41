# The gates of cutover and rollback: the four failures of real migrations are caught, and what
# cannot be is refused before anything is stopped.

# shellcheck disable=SC2154,SC2016 # bats sets stderr; quoted as meant
load lib
# shellcheck source=tests/cutover.bash
. "${BATS_TEST_FILENAME%/*}/cutover.bash"

# ---- Four failures ----

@test "a target that cut values off: the load refuses them, and cutover what another tool cut" {
	pair "$P" "$M"
	pg "INSERT INTO event (n, at, note) VALUES (0, now(), repeat('x', 60))"
	my "ALTER TABLE event MODIFY note VARCHAR(50)"
	# the server itself would cut it: it is not strict
	extract "$A" event >events
	exits 2 load --quiet "$B" event <events
	has "$stderr" 'line 502' 'column note' '50'
	sed 's/x\{60\}/xxxxxxxxxx/' events | load --quiet "$B" event
	extract "$A" account | load --quiet "$B" account
	exits 0 diff --count "$A" "$B"
	capture --create-slot --slot s --publication s "$A" >slot
	cdcapply -s s --set-checkpoint "$(jq -c 'del(.slot)' slot)" "$B"
	exits 1 over
	has "$stderr" 'validate: not passed' note 50
	is "$(fence status "$A" | jq -r .writes)" on
	[ ! -e cutover-s.json ] || is "$(jq -r '.state // "none"' cutover-s.json)" none
}

@test "a stream that lags under load: cutover does not begin, and gives up past the window" {
	pair "$M" "$P"
	exits 0 follow -s s --until now "$A" "$B"
	app 3>&- &
	wrote 300
	exits 1 over --max-lag 1s --checks=types
	has "$stderr" 'behind, more than 1s: the cut-over window is at risk' 'lag: not passed'
	is "$(fence status "$A" | jq -r .writes)" on
	follows
	wait_until cdcapply -s s --lag --max 1s "$B"
	# what is not done in time is given up
	echo "-- name: slow" >slow.sql
	echo "SELECT count(*) AS n FROM account AS a, account AS b, account AS c, account AS d,
		account AS e, account AS f, account AS g, account AS h
		WHERE a.id + b.id + c.id + d.id + e.id + f.id + g.id + h.id = 7" >>slow.sql
	exits 1 over --no-drain --checks=types --window 3 --queries slow.sql
	pg "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE query LIKE '%account AS h%' AND pid <> pg_backend_pid()" >/dev/null
	has "$stderr" 'the window of 3 s has passed' 'given up: writes on A are allowed again'
	has "$(cutover --status -s s)" 'given-up' 'writes were stopped for'
	wrote 50
	calms
	has_all "$A"
}

@test "a target whose times are shifted: cutover does not let the application go there" {
	pair "$M" "$P"
	follows
	pg "UPDATE event SET at = at + interval '5 hours' WHERE n BETWEEN -100 AND -1"
	exits 1 over
	has "$stderr" 'validate: not passed' '"mismatches":100,' '"at":"2024-01-01 12:00:00"' '"at":"2024-01-01 17:00:00"'
	# it is caught as well where nobody has looked before
	exits 1 over --checks=types
	has "$stderr" 'compare: not passed' 'event' 'digest' 'DIFFERS' 'given up: writes on A'
	printf '%s\n' '-- name: first' 'SELECT min(at) AS first, max(at) AS last FROM event' >q.sql
	exits 1 over --checks=types --final-checks=count --queries q.sql
	has "$stderr" 'queries: not passed' first
	is "$(fence status "$A" | jq -r .writes)" on
	is "$(<where)" A
	pg "UPDATE event SET at = at - interval '5 hours' WHERE n BETWEEN -100 AND -1"
	exits 0 over --checks=types --in-database --queries q.sql
	is "$(<where)" B
}

@test "a rollback while connections are held" {
	local pids=()
	pair "$M" "$P"
	follows
	exits 0 over --checks=types
	mkfifo open
	while [ ${#pids[@]} -lt 3 ]; do
		client "$B" <open 3>&- &
		pids+=($!)
	done
	exec {held}>open
	wait_until test_clients 3
	exits 1 back --timeout 1
	has "$stderr" 'drain: not passed' 'app' 'given up: writes on B are allowed again'
	exits 1 back --no-drain
	has "$stderr" '3 connections still on' 'open: not passed' 'given up: writes on B'
	is "$(fence status "$A" | jq -r .writes)" off
	pg "INSERT INTO event (n, at, note) VALUES (1, now(), 'on B')"
	exec {held}>&-
	wait "${pids[@]}" || true
	exits 0 back
	is "$(my 'SELECT note FROM event WHERE n = 1')" 'on B'
	my "INSERT INTO event (n, at, note) VALUES (2, now(), 'on A')"
}

test_clients() {
	[ "$(fence status "$B" | jq .clients)" = "$1" ]
}

@test "a switch that fails is taken back, unless someone has written there already" {
	pair "$M" "$P"
	follows
	exits 1 over --checks=types --switch 'exit 7'
	has "$stderr" 'the switch failed; nothing was written to B' 'given up: writes on A'
	is "$(fence status "$A" | jq -r .writes)" on
	is "$(fence status "$B" | jq -r .writes)" off
	exits 1 over --checks=types --switch "psql -Xq -c \"INSERT INTO event (n, at) VALUES (1, now())\" $B; exit 7"
	has "$stderr" 'B may hold writes already' 'or rollback to bring them back'
	is "$(fence status "$A" | jq -r .writes)" off
	exits 0 back
	is "$(my 'SELECT count(*) FROM event WHERE n = 1')" 1
}

@test "what cannot be is said before anything is stopped" {
	pair "$M" "$P"
	exits 1 over
	has "$stderr" "there is no stream s from A to B: begin it with 'follow -s s'" 'ready: not passed'
	exits 1 back
	has "$stderr" 'tells of no cutover'
	exits 2 cutover "$A" "$B"
	has "$stderr" 'wants --switch=COMMAND'
	follows
	exits 0 over --dry-run --journal=journal --checks=types,fit
	[ ! -e journal ]
	has "$stderr" 'would fence: A refuses writes' 'would switch'
	is "$(fence status "$A" | jq -r .writes)" on
	exits 0 cutover --checklist
	has "$output" '### Writes stopped' '- [ ] **catch-up**'
	fence off -q "$A"
	exits 1 over
	has "$stderr" 'A refuses writes already'
}

@test "one database twice, and two databases of a MySQL server, are refused" {
	pair "$M" "$M2"
	exits 2 cutover --switch true "$M" "$M"
	has "$stderr" 'A and B are the same database'
	follow -s s --until now "$A" "$B" >/dev/null
	exits 1 over
	has "$stderr" 'A and B are on one MySQL server' 'ready: not passed'
	is "$(fence status "$A" | jq -r .writes)" on
}

# ---- What streams do not bring ----

# audited URL: event tells a table of its own what is written to it.
audited() {
	case $1 in
	mysql*)
		my -d "$1" 'CREATE TRIGGER watch AFTER INSERT ON event FOR EACH ROW
			INSERT INTO audit (n) VALUES (NEW.n)'
		;;
	*)
		pg -d "$1" 'CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS
			$$ BEGIN INSERT INTO audit (n) VALUES (NEW.n); RETURN NEW; END $$;
			CREATE TRIGGER watch AFTER INSERT ON event FOR EACH ROW EXECUTE FUNCTION watch()'
		;;
	esac
}

# audit_tables: in A and B.
audit_tables() {
	my 'CREATE TABLE audit (id INT AUTO_INCREMENT PRIMARY KEY, n INT)'
	pg 'CREATE TABLE audit (id INT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, n INT)'
}

@test "triggers of MySQL, which cannot be put off, are named; those of PostgreSQL fire once" {
	pair "$M" "$P"
	audit_tables
	audited "$A"
	audited "$B"
	follows
	exits 1 over --checks=types
	has "$stderr" 'A has triggers that would fire' 'event: watch' '--fire-triggers=A' 'ready: not passed'
	exits 2 over --fire-triggers=C
	my 'DROP TRIGGER watch'
	exits 0 over --checks=types
	pg "INSERT INTO event (n, at) VALUES (1, now())"
	exits 0 back
	is "$(my 'SELECT n FROM audit')" 1
	# and B's do not double what the stream brings there
	my "INSERT INTO event (n, at) VALUES (2, now()); INSERT INTO audit (n) VALUES (2)"
	exits 0 cdcapply -s s --wait-for "$(extract --position "$A")" --timeout 20s "$B"
	is "$(pg 'SELECT n FROM audit ORDER BY 1' | paste -sd ' ')" '1 2'
}

@test "triggers fire where B has none, if told so; what is doubled is found" {
	pair "$M" "$P"
	audit_tables
	audited "$A"
	follows
	exits 0 over --checks=types --fire-triggers=A
	pg "INSERT INTO event (n, at) VALUES (1, now())"
	wait_until eval '[ "$(my "SELECT n FROM audit")" = 1 ]'
	exits 1 back --fire-triggers=A
	has "$stderr" 'compare: not passed' audit DIFFERS
	pg "INSERT INTO audit (id, n) VALUES (1, 1)"
	exits 0 back --fire-triggers=A
}

@test "triggers of a PostgreSQL whose user may not put them off are named" {
	pair "$P" "$M"
	audit_tables
	audited "$A"
	pg "CREATE ROLE mover LOGIN REPLICATION; GRANT mover TO postgres; ALTER DATABASE a OWNER TO mover;
		GRANT pg_read_all_data, pg_write_all_data, pg_monitor, pg_signal_backend TO mover;
		GRANT ALL ON SCHEMA public TO mover"
	follow -s s --until now "$A" "$B" >/dev/null
	exits 1 cutover -s s --switch true "${A/postgres@/mover@}" "$B"
	has "$stderr" 'A has triggers that would fire' 'event: watch'
	pg 'ALTER DATABASE a OWNER TO postgres'
	pg 'DROP OWNED BY mover; DROP ROLE mover'
}

# quoted URL NAME: as that database's SQL has it.
quoted() {
	case $1 in mysql*) echo "\`$2\`" ;; *) echo "\"$2\"" ;; esac
}

# make_sequences URL
make_sequences() {
	sql "$1" "CREATE SEQUENCE ticket INCREMENT BY 5; CREATE SEQUENCE $(quoted "$1" "it's");
		CREATE SEQUENCE countdown INCREMENT BY -1 MINVALUE -99999 MAXVALUE -1 START WITH -1"
}

# next_values URL: of these sequences.
next_values() {
	local name
	for name in ticket countdown "it's"; do
		name=$(quoted "$1" "$name")
		case $1 in
		mysql*) my -d "$1" "SELECT NEXT VALUE FOR $name" ;;
		*) pg -d "$1" "SELECT nextval('${name//\'/\'\'}')" ;;
		esac
	done | paste -sd ' '
}

# MariaDB hands values out a thousand at a time.
@test "sequences of no column go on, from MariaDB to PostgreSQL and back; others are named" {
	on_mariadb || skip 'MySQL has no sequences'
	pair "$M" "$P"
	make_sequences "$A"
	make_sequences "$B"
	my 'CREATE SEQUENCE lonely'
	is "$(next_values "$A")" '1 -1 1'
	follows
	exits 0 over --checks=types
	has "$stderr" 'warning: B has no sequence of the name lonely, which belongs to no column in A'
	lacks "$stderr" event_id_seq
	is "$(next_values "$B")" '5101 -1101 1101'
	is "$(next_values "$B")" '5106 -1102 1102'
	exits 0 back --sequence-gap 10
	lacks "$stderr" lonely
	is "$(next_values "$A")" '5121 -1113 1113'
}

@test "sequences of no column go on, from PostgreSQL to PostgreSQL; never backwards" {
	pair "$P" "$P2"
	make_sequences "$A"
	make_sequences "$B"
	pg -d "$A" 'CREATE SCHEMA other; CREATE SEQUENCE other.far; CREATE SEQUENCE here;
		CREATE SEQUENCE short MAXVALUE 100'
	pg -d "$B" "CREATE SCHEMA other; CREATE SEQUENCE other.far MAXVALUE 250; CREATE SEQUENCE short;
		SELECT setval('ticket', 1001)" >/dev/null
	is "$(next_values "$A")" '1 -1 1'
	pg -d "$A" "SELECT setval('other.far', 200)" >/dev/null
	follows
	exits 0 over --checks=types
	has "$stderr" 'no sequence of the name here'
	is "$(next_values "$B")" '1006 -102 102'
	# there was no room for the gap
	is "$(pg -d "$B" "SELECT nextval('other.far')")" 201
	pg -d "$B" "SELECT setval('short', 150)" >/dev/null
	exits 1 back
	has "$stderr" 'sequence public.short: 151, where it stands in B, is not within 1 and 100' \
		'given up: writes on B'
}
