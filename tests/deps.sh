#!/bin/sh
# deps.sh SET...: install the Debian packages that are missing for building
# (build), testing (test), the demo (demo), fuzzing (fuzz), measuring (bench) or other suites of
# Debian and Ubuntu in folders (suite). Silent where nothing is missing.
set -eu

PATH=$PATH:/usr/sbin:/sbin
missing=

# want PACKAGE THING: THING is a command, or the path (a pattern may be) of a file.
want() {
	case $2 in
	*/*)
		for file in $2; do
			[ ! -e "$file" ] || return 0
		done
		;;
	*)
		! command -v "$2" >/dev/null || return 0
		;;
	esac
	missing="$missing $1"
}

want_build() {
	want gcc gcc
	want libc6-dev /usr/include/stdio.h
	want make make
	want pkg-config pkg-config
	want libpq-dev /usr/include/postgresql/libpq-fe.h
	want libmariadb-dev /usr/include/mariadb/mysql.h
	want libcsv-dev /usr/include/csv.h
	want libyajl-dev '/usr/include/yajl/yajl_*.h'
	want libssl-dev /usr/include/openssl/evp.h
	want zlib1g-dev /usr/include/zlib.h
	want libzstd-dev /usr/include/zstd.h
}

# Servers and clients. MariaDB's core package has no service that could start.
want_servers() {
	want mariadb-server-core mariadbd
	want mariadb-client-core mariadb
	want postgresql '/usr/lib/postgresql/*/bin/postgres'
	want postgresql-client psql
	want parallel sem
	want jq jq
}

want_set() {
	case $1 in
	build) want_build ;;
	demo) want_build && want_servers ;;
	test)
		want_build && want_servers
		want libcmocka-dev /usr/include/cmocka.h
		want bats bats
		want perl prove
		want openssh-server /usr/sbin/sshd
		want openssh-client ssh
		want iproute2 ip
		want time /usr/bin/time
		want kcat kcat
		want librdkafka-dev /usr/include/librdkafka/rdkafka_mock.h
		want miller mlr
		;;
	fuzz)
		want_build
		want clang clang
		want libclang-rt-dev '/usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a'
		;;
	bench)
		want_build && want_servers
		want mariadb-client mariadb-dump
		want mydumper mydumper
		want pgloader pgloader
		want percona-toolkit pt-table-checksum
		want socat socat
		want pv pv
		want time /usr/bin/time
		;;
	suite) want debootstrap debootstrap ;;
	*)
		echo "deps.sh: unknown set $1" >&2
		exit 2
		;;
	esac
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

apt_get() {
	as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 apt-get -y -q \
		-o DPkg::Lock::Timeout=300 "$@" </dev/null >"$log" 2>&1
}

# sudo(8) may ask for a password only where someone can type it.
may_sudo() {
	command -v sudo >/dev/null || return 1
	sudo -n true 2>/dev/null || { [ -t 0 ] && sudo -v; }
}

# While packages are installed, a policy-rc.d that says no keeps their services
# from starting; one that is there already is left alone.
policy=/usr/sbin/policy-rc.d
guard=
cleanup() {
	[ -z "$guard" ] || as_root rm -f "$policy"
	rm -f "$log"
}

install_missing() {
	# shellcheck disable=SC2086 # a list of words
	apt_get install --no-install-recommends $missing
}

for set in "$@"; do
	want_set "$set"
done
[ -n "$missing" ] || exit 0
# shellcheck disable=SC2086 # a list of words
missing=$(printf '%s\n' $missing | sort -u | tr '\n' ' ')
missing=${missing% }

if ! command -v apt-get >/dev/null; then
	echo "deps.sh: these Debian packages are missing, and apt-get is not here to install them:" \
		"$missing" >&2
	exit 2
fi
if [ "$(id -u)" != 0 ] && ! may_sudo; then
	echo "deps.sh: packages are missing; run this as root, then try again:" >&2
	echo "  apt-get install --no-install-recommends $missing" >&2
	exit 2
fi

log=$(mktemp)
trap cleanup EXIT
trap 'exit 130' INT TERM HUP
if [ ! -e "$policy" ]; then
	guard=yes
	printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
	as_root chmod 755 "$policy"
fi
echo "installing: $missing" >&2
# Package lists may be absent or old: fetch them only if it does not work without.
if ! install_missing; then
	apt_get update || true
	install_missing || {
		tail -n 20 "$log" >&2
		echo "deps.sh: apt-get could not install: $missing" >&2
		exit 3
	}
fi
