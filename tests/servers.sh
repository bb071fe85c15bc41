#!/bin/bash
# servers.sh: throwaway database servers, loopback only, in temporary folders.
#
#   servers.sh start [--harsh] [mysql|pg] [SERVER_OPTION...]
#       Starts both servers, or the one named (with more options of its own), and prints
#       shell variables (see below).
#   servers.sh stop DIR
#       Ends the servers that `start` put into DIR, by their process ids, and removes DIR.
#   servers.sh run [--harsh] COMMAND [ARG]...
#       Starts both, runs the command with the variables in its environment, and gives its
#       exit status. Whatever happens, signals too, nothing of it stays behind: servers,
#       processes, files in TMPDIR.
#
#   --harsh   sessions that pin nothing get a wrong time zone, date style, character set
#             and SQL mode, so that tests find out
#
# Environment: MYSQL=9 or 8, MARIADB=11 or 10.6, PG=13, 14, 16, 17 or 18 take these releases
# instead of this system's, out of the suite of Debian or Ubuntu that has them (see releases),
# which is put into a folder below XDG_CACHE_HOME once (needs root). DEBIAN_MIRROR,
# UBUNTU_MIRROR: where from. MYSQLD_OPTIONS: more options for mysqld.
#
# Variables: SERVERS (the folder); MYSQL_URL, PG_URL (without a database: add /NAME);
# MYSQL_CNF (an option file for mariadb(1)); MYSQL_FLAVOR (mariadb or mysql);
# MYSQL_PORT, MYSQL_PID, MYSQL_SOCKET, PG_PORT, PG_PID, PG_SOCKET (its folder).
# PostgreSQL's role `locked` needs the password `sesame`.
set -eu

export LC_ALL=C.UTF-8
PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "$0")" && pwd)
suites=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/rowboat
# Server, release, the suite that has it, the packages there.
releases='mysql 9 unstable mysql-server-core mysql-client-core
mysql 8 noble mysql-server-core-8.0 mysql-client-core-8.0
mariadb 11 trixie mariadb-server-core mariadb-client-core
mariadb 10.6 jammy mariadb-server-core-10.6 mariadb-client-core-10.6
pg 13 bullseye postgresql-13
pg 14 jammy postgresql-14
pg 16 noble postgresql-16
pg 17 trixie postgresql-17
pg 18 unstable postgresql-18'
owner=nobody
group=nogroup
harsh=

say() {
	echo "servers.sh: $*" >&2
}

# Sets, for a server that lives below the root folder $1 (or none): d, its own new folder;
# in, that folder as the server sees it; as, the words before its commands, since
# database servers refuse to run as root. It is TMPDIR there: a server that starts removes
# what looks like its own from its folder for temporary files, so that no two may share one.
new_home() {
	local base=$1 tmp=${TMPDIR:-/tmp}
	# A socket's path has 107 characters at most.
	if [ -n "$base" ] || [ "${#tmp}" -gt 60 ]; then
		tmp=/tmp
	fi
	d=$(mktemp -d "$base$tmp/rowboat.XXXXXX")
	in=${d#"$base"}
	as=(env "TMPDIR=$in")
	if [ -n "$base" ]; then
		as+=(chroot --userspec="$owner:$group" "$base")
	elif [ "$(id -u)" = 0 ]; then
		as+=(setpriv --reuid "$owner" --regid "$group" --clear-groups --)
	fi
	if [ "$(id -u)" = 0 ]; then
		chown "$owner:$group" "$d"
	fi
	echo "- $in $d" >>"$dir/servers"
}

free_port() {
	local port
	while port=$(shuf -n 1 -i 20000-32000); do
		(: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
	done
	echo "$port"
}

# quiet COMMAND...: runs it in d, and shows what it said only if it failed.
quiet() {
	if ! (cd "$d" && "$@") >"$d/command.log" 2>&1 </dev/null; then
		tail -n 15 "$d/command.log" >&2
		say "failed: $1"
		return 1
	fi
}

# launch KIND COMMAND...: a server in the background; sets pid, and notes it for `stop`, as
# new_home notes the folder.
launch() {
	local kind=$1
	shift
	(cd "$d" && exec setsid "$@") >"$d/$kind.log" 2>&1 </dev/null 3>&- 8>&- &
	pid=$!
	disown
	echo "$pid $in $d" >>"$dir/servers"
}

# wait_for LOG COMMAND...: until the command succeeds; a minute at most.
wait_for() {
	local log=$1 i
	shift
	for ((i = 0; i < 600; i++)); do
		"$@" >/dev/null 2>&1 && return 0
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.1
	done
	tail -n 15 "$log" >&2
	say "a server did not start"
	return 1
}

# ---- Suites of Debian and Ubuntu ----

debian_mirror() {
	local url
	url=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
		grep -v '^ *#' | grep -oE 'https?://[^ ]*/debian/?( |$)' | head -n 1) || true
	echo "${url:-http://deb.debian.org/debian}"
}

# Puts a suite into its folder. Ubuntu's keys come from Debian.
make_suite() { # SUITE
	local into=$suites/$1 part=$suites/$1.part proxy from=() options=()
	local keys=/usr/share/keyrings/ubuntu-archive-keyring.gpg
	"$here/deps.sh" suite
	case $1 in
	jammy | noble)
		(use_suite trixie "$keys" ubuntu-keyring)
		options=("--components=main,universe" --keyring="$suites/trixie$keys")
		# The script: there is one for all releases of Ubuntu, some of whose names are new.
		from=("${UBUNTU_MIRROR:-http://archive.ubuntu.com/ubuntu}"
			/usr/share/debootstrap/scripts/gutsy)
		;;
	*) from=("${DEBIAN_MIRROR:-$(debian_mirror | tr -d ' ')}") ;;
	esac
	say "putting the suite $1 into $into (once)"
	rm -rf "$part"
	mkdir -p "$part/etc/apt/apt.conf.d"
	proxy=$(apt-config dump --format '%v%n' Acquire::http::Proxy)
	if ! http_proxy=${proxy:-${http_proxy:-}} debootstrap --variant=minbase \
		"${options[@]}" "$1" "$part" "${from[@]}" >"$part.log" 2>&1; then
		tail -n 15 "$part.log" >&2
		return 1
	fi
	rm "$part.log"
	{
		echo 'Acquire::Check-Valid-Until "false";'
		apt-config dump | grep -i '^Acquire::https\?::Proxy' || true
	} >"$part/etc/apt/apt.conf.d/99rowboat"
	# Ubuntu's suites stay what they were; corrections come in another.
	if [ ${#options[@]} -gt 0 ]; then
		echo "deb ${from[0]} $1-updates main universe" >>"$part/etc/apt/sources.list"
	fi
	# No services in there, no cluster, and no tool that wants /proc.
	printf '#!/bin/sh\nexit 101\n' >"$part/usr/sbin/policy-rc.d"
	chmod 755 "$part/usr/sbin/policy-rc.d"
	mkdir -p "$part/etc/postgresql-common/createcluster.d"
	echo 'create_main_cluster = false' \
		>"$part/etc/postgresql-common/createcluster.d/rowboat.conf"
	chroot "$part" dpkg-divert --quiet --local --rename --add /usr/bin/systemd-tmpfiles
	ln -sf true "$part/usr/bin/systemd-tmpfiles"
	mv "$part" "$into"
}

# use_suite SUITE FILE PACKAGE...: makes the suite's folder unless it is there, and installs
# the packages in it unless it has FILE.
use_suite() {
	local base=$suites/$1 file=$2
	mkdir -p "$suites"
	exec 8>"$base.lock"
	flock 8
	[ -d "$base" ] || make_suite "$1"
	if [ ! -e "$base$file" ]; then
		shift 2
		say "installing $* in $base"
		d=$base/tmp
		quiet chroot "$base" apt-get -q update
		quiet chroot "$base" env DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -q --no-install-recommends "$@"
	fi
	exec 8>&-
}

# from_suite SERVER RELEASE FILE: sets base, the folder of the suite that has this release.
from_suite() {
	local words
	read -ra words <<<"$(grep "^$1 $2 " <<<"$releases")"
	if [ ${#words[@]} = 0 ]; then
		say "no suite for $1 $2; there are: $(sed -n "s/^$1 \([^ ]*\).*/\1/p" <<<"$releases" | xargs)"
		return 2
	fi
	if [ "$(id -u)" != 0 ]; then
		say "servers of other releases need root (chroot)"
		return 2
	fi
	use_suite "${words[2]}" "$3" "${words[@]:3}"
	base=$suites/${words[2]}
}

# ---- MySQL and MariaDB ----

# An --init-file: a statement a line.
mysql_users() {
	local host
	for host in localhost %; do
		echo "CREATE USER 'rowboat'@'$host' IDENTIFIED BY 'secret';"
		echo "GRANT ALL ON *.* TO 'rowboat'@'$host' WITH GRANT OPTION;"
	done
}

init_mariadb() {
	quiet "${as[@]}" mariadb-install-db --no-defaults --datadir="$in/my" \
		--skip-test-db --auth-root-authentication-method=normal --skip-name-resolve --force
}

# start_mysql [SERVER_OPTION...]
# shellcheck disable=SC2120 # the options are optional
start_mysql() {
	local flavor=mariadb base='' server options=()
	if [ -n "${MYSQL:-}" ]; then
		flavor=mysql server=/usr/sbin/mysqld
		from_suite mysql "$MYSQL" "$server"
		new_home "$base"
		quiet "${as[@]}" "$server" --no-defaults --initialize-insecure --datadir="$in/my"
		options=(--mysqlx=OFF --gtid-mode=ON --enforce-gtid-consistency=ON)
	elif [ -n "${MARIADB:-}" ]; then
		server=/usr/sbin/mariadbd
		from_suite mariadb "$MARIADB" "$server"
		new_home "$base"
		init_mariadb
	else
		server=$(command -v mariadbd)
		new_home ''
		init_mariadb
	fi
	if [ -n "$harsh" ]; then
		options+=(--default-time-zone=-05:30 --sql-mode= --character-set-server=latin1)
	else
		options+=(--character-set-server=utf8mb4)
	fi
	mysql_users >"$d/users.sql"
	chmod 644 "$d/users.sql"
	port=$(free_port)
	# shellcheck disable=SC2086 # MYSQLD_OPTIONS are words
	launch mysql "${as[@]}" "$server" --no-defaults --datadir="$in/my" --tmpdir="$in" \
		--socket="$in/my.sock" --pid-file="$in/my.pid" --init-file="$in/users.sql" \
		--secure-file-priv="$in" \
		--bind-address=127.0.0.1 --port="$port" --skip-name-resolve --server-id=1 \
		--log-bin=binlog --binlog-format=ROW --binlog-row-metadata=FULL --sync-binlog=0 \
		--innodb-flush-log-at-trx-commit=0 --innodb-buffer-pool-size=256M \
		--max-allowed-packet=1G --local-infile=1 "${options[@]}" ${MYSQLD_OPTIONS:-} "$@"
	(umask 077 && printf '[client]\nhost=127.0.0.1\nport=%s\nuser=rowboat\npassword=secret\n' \
		"$port" >"$d/my.cnf")
	wait_for "$d/mysql.log" mariadb --defaults-file="$d/my.cnf" -e 'SELECT 1'
	vars+=("MYSQL_URL=mysql://rowboat:secret@127.0.0.1:$port" "MYSQL_CNF=$d/my.cnf"
		"MYSQL_FLAVOR=$flavor" "MYSQL_PORT=$port" "MYSQL_PID=$pid" "MYSQL_SOCKET=$d/my.sock")
}

# ---- PostgreSQL ----

# start_pg [SERVER_OPTION...]
# shellcheck disable=SC2120 # the options are optional
start_pg() {
	local bin base='' options=()
	if [ -n "${PG:-}" ]; then
		bin=/usr/lib/postgresql/$PG/bin
		from_suite pg "$PG" "$bin/postgres"
	else
		bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
		[ -x "$bin/postgres" ] || bin=$(pg_config --bindir)
	fi
	new_home "$base"
	quiet "${as[@]}" "$bin/initdb" -D "$in/pg" -U postgres -A trust -E UTF8 --no-locale -N
	port=$(free_port)
	sed -i '1i host all locked 127.0.0.1/32 scram-sha-256' "$d/pg/pg_hba.conf"
	if [ -n "$harsh" ]; then
		options=(-c timezone=America/New_York -c datestyle=German -c bytea_output=escape
			-c intervalstyle=sql_standard -c extra_float_digits=0
			-c standard_conforming_strings=off -c client_encoding=latin1)
	fi
	launch pg "${as[@]}" "$bin/postgres" -D "$in/pg" -c port="$port" \
		-c listen_addresses=127.0.0.1 -c unix_socket_directories="$in" -c fsync=off \
		-c synchronous_commit=off -c full_page_writes=off -c wal_level=logical \
		-c max_connections=60 -c shared_buffers=256MB -c max_wal_size=4GB \
		-c checkpoint_timeout=30min -c password_encryption=scram-sha-256 "${options[@]}" "$@"
	wait_for "$d/pg.log" psql -Xqd "postgres://postgres@127.0.0.1:$port/postgres" \
		-c "CREATE ROLE locked LOGIN PASSWORD 'sesame'"
	vars+=("PG_URL=postgres://postgres@127.0.0.1:$port" "PG_PORT=$port" "PG_PID=$pid"
		"PG_SOCKET=$d")
}

# ---- Commands ----

# stop DIR: nothing in these servers is worth an orderly end, but PostgreSQL's shared
# memory must go, so it gets SIGQUIT.
stop() {
	local pid in d i
	[ -f "$1/servers" ] || return 0
	while read -r pid in d; do
		if grep -qsF "$in/" "/proc/$pid/cmdline"; then
			case $(tr '\0' ' ' <"/proc/$pid/cmdline") in
			*postgres*) kill -QUIT "$pid" ;;
			*) kill -KILL "$pid" ;;
			esac || true
		fi
		for ((i = 0; i < 100; i++)); do
			kill -0 "$pid" 2>/dev/null || break
			sleep 0.1
		done
	done <"$1/servers"
	while read -r pid in d; do
		rm -rf "$d"
	done <"$1/servers"
	rm -rf "$1"
}

# descendants: the processes that have run's mark in their environment.
descendants() {
	local file
	for file in /proc/[0-9]*/environ; do
		if grep -qszxF "ROWBOAT_RUN=$dir" "$file" 2>/dev/null; then
			file=${file#/proc/}
			echo "${file%/environ}"
		fi
	done
}

# clear_away: ends what the command of `run` left behind, servers that it started, too.
clear_away() {
	local signal i pids file
	trap '' INT TERM HUP
	unset ROWBOAT_RUN # so that none of our own children is meant
	for signal in TERM KILL; do
		for ((i = 0; i < 20; i++)); do
			pids=$(descendants)
			[ -n "$pids" ] || break 2
			# shellcheck disable=SC2086 # words
			[ $i -gt 0 ] || kill -$signal $pids 2>/dev/null || true
			sleep 0.1
		done
	done
	while read -r file; do
		stop "${file%/servers}"
	done < <(find "$dir/tmp" -path '*/rowboat.*/servers' -type f)
	stop "$dir"
}

# attend COMMAND...: runs it, in a process group of its own, so that a signal finds us waiting
# for it instead of the command first.
attend() {
	local status=0
	# The servers of tests, which are not root's, live in here too.
	mkdir "$dir/tmp"
	chmod 711 "$dir"
	chmod 1777 "$dir/tmp"
	trap clear_away EXIT
	export ROWBOAT_RUN="$dir" TMPDIR="$dir/tmp"
	set -m
	"$@" <&0 &
	set +m
	wait $! || status=$?
	exit "$status"
}

start() {
	if [ "${1:-}" = --harsh ]; then
		harsh=yes
		shift
	fi
	"$here/deps.sh" demo
	dir=$(mktemp -d "${TMPDIR:-/tmp}/rowboat.XXXXXX")
	trap 'stop "$dir"' EXIT
	trap 'exit 130' INT TERM HUP
	vars=("SERVERS=$dir")
	case ${1:-} in
	mysql | pg) "start_$1" "${@:2}" ;;
	*)
		# shellcheck disable=SC2119 # no options
		start_mysql
		# shellcheck disable=SC2119
		start_pg
		;;
	esac
}

case ${1:-} in
start)
	shift
	start "$@"
	trap - EXIT
	printf '%s\n' "${vars[@]}"
	;;
stop)
	stop "$2"
	;;
run)
	shift
	start "$@"
	[ -z "$harsh" ] || shift
	export "${vars[@]}"
	attend "$@"
	;;
*)
	sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" >&2
	exit 2
	;;
esac
