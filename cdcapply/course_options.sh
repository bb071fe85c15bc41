# course_options.sh: the options of cutover and rollback, see course.sh.
# shellcheck shell=sh

gates_usage="      --switch=COMMAND      points the application at the other database; may run twice
      --stop=COMMAND        lets the application stop, before writes are refused
      --resume=COMMAND      lets it go on where it was, if all is given up
      --verify=COMMAND      looks whether the application works after the switch
      --window=SECONDS      give up if writes are stopped for longer (default 60)
      --max-lag=TIME        how far the stream may be behind to begin with (default 10s)
      --timeout=SECONDS     wait so long until no client is connected (default 10)
      --clients=PATTERN     as in fence: only clients that match count
      --kill                end the clients that are still connected then
      --no-drain            let clients stay connected; they cannot write
      --final-checks=LIST   of validate, while writes are stopped (default count,digest, and
                            types in cutover)
      --in-database         let the servers compute those digests: good for slow lines
      --queries=FILE        queries that must have the same results, as in diff --query-file
      --queries-b=FILE      those that are others in B
      --sequence-gap=N      leave so many values of sequences out (default 100)
      --fire-triggers=LIST  let triggers of A, of B or of both (A,B) fire on what streams bring
      --no-follow           do not start the stream back, only prepare it
  -s, --stream=NAME         the stream from A to B (default rowboat)
      --back=NAME           the stream from B to A (default: NAME_back)
  -j, --jobs=N              so many at a time (default: as there are processors)
      --state=FILE          where the state is kept (default: cutover-NAME.json)
      --journal=FILE        record each step there
      --dry-run             make the checks that change nothing, say what else would be done
      --checklist           print the list of steps and exit
      --status              print where it stands and exit

      --help                print this and exit"

gates_defaults() {
	switch='' stop='' resume='' verify='' window=60 max_lag=10s timeout=10 clients='' kill=''
	drain=yes checks=types,fit,rows final=count,types,digest queries='' queries_b='' gap=100 fire=''
	in_database=''
	# The way back leads into types that may be narrower; the digests show that all fitted.
	[ "$me" != rollback ] || final=count,digest
	start=yes stream_ab=rowboat stream_ba='' jobs=$(nproc) state='' mode=run
}

# is_number NAME VALUE
is_number() {
	case $2 in '' | *[!0-9]*) die 2 "$1: '$2' is no number" ;; esac
}

gates_option() {
	case $1 in
	--help) printf '%s\n' "$usage"; exit 0 ;;
	--switch) switch=$2 ;;
	--stop) stop=$2 ;;
	--resume) resume=$2 ;;
	--verify) verify=$2 ;;
	--window) is_number "$1" "$2" && window=$2 ;;
	--max-lag) max_lag=$2 ;;
	--timeout) is_number "$1" "$2" && timeout=$2 ;;
	--clients) clients=$2 ;;
	--kill) kill=$1 ;;
	--no-drain) drain='' ;;
	--checks)
		[ "$me" = cutover ] || die 2 "unknown option '--checks': try $me --help"
		checks=$2
		;;
	--final-checks) final=$2 ;;
	--in-database) in_database=$1 ;;
	--queries) queries=$2 ;;
	--queries-b) queries_b=$2 ;;
	--sequence-gap) is_number "$1" "$2" && gap=$2 ;;
	--fire-triggers)
		case $2 in A | B | A,B | B,A) fire=$2 ;; *) die 2 "$1: '$2' is not A, B or A,B" ;; esac
		;;
	--no-follow) start='' ;;
	--stream | -s) stream_ab=$2 ;;
	--back) stream_ba=$2 ;;
	--jobs | -j) is_number "$1" "$2" && jobs=$2 ;;
	--state) state=$2 ;;
	--journal) journal=$2 ;;
	--dry-run) dry_run=yes ;;
	--checklist | --status) mode=${1#--} ;;
	esac
}

# gates_options ARGUMENT...: sets the variables; the operands are left in $words, quoted.
gates_options() {
	long=switch:,stop:,resume:,verify:,window:,max-lag:,timeout:,clients:,kill,no-drain,checks:
	long=$long,final-checks:,in-database,queries:,queries-b:,sequence-gap:,fire-triggers:,no-follow
	long=$long,stream:,back:,jobs:,state:,journal:,dry-run,checklist,status,help
	words=$(getopt -n "$me" -o s:j: -l "$long" -- "$@") || exit 2
	eval set -- "$words"
	while [ "$1" != -- ]; do
		gates_option "$1" "$2"
		case $1 in
		--help | --kill | --no-drain | --in-database | --no-follow | --dry-run | --checklist | \
			--status) shift ;;
		*) shift 2 ;;
		esac
	done
	stream_ba=${stream_ba:-${stream_ab}_back}
	state=${state:-cutover-$stream_ab.json}
	words=$(getopt -o + -- "$@") || exit 2
}
