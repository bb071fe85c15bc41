# capture | cdcapply under random transactions, with capture, cdcapply and the servers killed
# at random moments: nothing is lost, nothing comes twice. TORTURE_SECONDS: for how long, in
# each direction (120 for a thorough run).

load lib

seconds=${TORTURE_SECONDS:-6}

# Servers of their own, which keep what they committed when they are killed.
setup_file() {
	start_own_servers --innodb-flush-log-at-trx-commit=1 '-c synchronous_commit=on'
}

teardown_file() {
	stop_own_servers
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	use_own_servers
	new_databases
}

# Whatever failed, nothing goes on in the background.
teardown() {
	touch calm
	[ -n "${BATS_TEST_COMPLETED:-}" ] || tail -n 12 capture.log cdcapply.log follow.log
	[ ! -e capture.pid ] || kill "$(cat capture.pid)" "$(cat cdcapply.pid)" 2>/dev/null || true
	wait
}

# The process that runs as server my or pg now.
server_pid() {
	tail -n 1 "$(sed -n 's/^SERVERS=//p' "$BATS_FILE_TMPDIR/$1")/servers" | cut -d' ' -f1
}

# crash SERVER: SIGKILL, and a new start with the same command.
crash() {
	local pid uid gid root servers record command
	pid=$(server_pid "$1")
	servers=$(sed -n 's/^SERVERS=//p' "$BATS_FILE_TMPDIR/$1")/servers
	mapfile -d '' command <"/proc/$pid/cmdline"
	uid=$(stat -c %u "/proc/$pid") gid=$(stat -c %g "/proc/$pid")
	root=$(readlink "/proc/$pid/root")
	record=$(tail -n 1 "$servers")
	kill -KILL "$pid"
	while kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
	if [ "$1" = pg ]; then
		# its children must have gone, or it does not start
		sleep 0.3
	fi
	(
		cd "${record##* }" || exit
		if [ "$root" != / ]; then
			exec setsid chroot --userspec="$uid:$gid" "$root" "${command[@]}"
		elif [ "$(id -u)" = 0 ]; then
			exec setsid setpriv --reuid "$uid" --regid "$gid" --clear-groups -- "${command[@]}"
		fi
		exec setsid "${command[@]}"
	) >>"$BATS_TEST_TMPDIR/$1.log" 2>&1 </dev/null 3>&- &
	echo "$! ${record#* }" >>"$servers"
	disown
}

# The pipe, begun again whenever it breaks, until the file `calm` appears.
pipe() {
	mkfifo events
	while [ ! -e calm ]; do
		capture --quiet --checkpoint "$2" --stream s --slot s --publication s "$1" >events 2>>capture.log &
		echo $! >capture.pid
		cdcapply --stream s --group 500 "$2" <events >>cdcapply.out 2>>cdcapply.log &
		echo $! >cdcapply.pid
		wait
		sleep 0.1
	done
}

# Kills something every second or so.
killer() {
	local end=$((SECONDS + seconds)) victim
	while [ $SECONDS -lt $end ]; do
		sleep "0.$((RANDOM % 9 + 1))"
		victim=$((RANDOM % 6))
		case $victim in
		0 | 1) kill -KILL "$(cat capture.pid)" ;;
		2 | 3) kill -KILL "$(cat cdcapply.pid)" ;;
		4) crash "$([ "$(engine "$1")" = pg ] && echo pg || echo my)" ;;
		5) crash "$([ "$(engine "$2")" = pg ] && echo pg || echo my)" ;;
		esac 2>/dev/null || true # it may have ended by itself
		echo "$victim" >>kills
		wait_until sql "$1" 'SELECT 1'
		wait_until sql "$2" 'SELECT 1'
	done
}

torture() {
	local from=$1 to=$2 table
	workload "$from" -v tables=1 | run_all "$from"
	workload "$to" -v tables=1 | run_all "$to"
	workload "$from" -v seed=7 -v transactions=100 | run_all "$from"
	writer "$from" 3>&- &
	follow --stream s --slot s --until now "$from" "$to" >follow.out 2>follow.log
	pipe "$from" "$to" 3>&- &
	killer "$from" "$to"
	touch calm
	sleep 1
	kill "$(cat capture.pid)" 2>/dev/null || true
	wait
	follow --stream s --slot s --until now "$from" "$to" >>follow.out 2>>follow.log
	echo "# $(wc -l <kills) kills, $(sql "$from" 'SELECT count(*) FROM journal') rows of journal" >&3
	for table in item pair journal scrap; do
		diff "$from" $table "$to" $table >"$table.diff" ||
			{ head -n 5 "$table.diff"; return 1; }
	done
	[ "$(sql "$from" 'SELECT count(*) FROM journal')" -gt 100 ]
}

@test "MySQL to PostgreSQL" { torture "$M" "$P"; }
@test "PostgreSQL to MySQL" { torture "$P" "$M"; }
@test "MySQL to MySQL" { torture "$M" "$M2"; }
@test "PostgreSQL to PostgreSQL" { torture "$P" "$P2"; }
