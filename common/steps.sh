# steps.sh: what the scripts of several steps share. It lies beside the programs, or in
# libexec/rowboat where these have been installed; a script sources it so:
#   me=NAME
#   here=$(dirname -- "$(readlink -f -- "$0")")
#   [ -r "$here/steps.sh" ] || here=$here/../libexec/rowboat
#   . "$here/steps.sh"
# Then it may set
#   dry_run=yes   steps are printed and not run
#   journal=FILE  each step is recorded there, a JSON object a line
# shellcheck shell=sh

PATH=${here:?}:$PATH
export LC_ALL=C PARALLEL_SHELL=/bin/sh
# Where it is closed, a file that is opened would take its place.
(: 3<&0) 2>/dev/null || exec </dev/null
dry_run='' journal=''
: "${me:?}"

# say WORD...: a line for whoever watches.
say() {
	case $* in
	*://*) printf '%s: %s\n' "$me" "$*" | mask >&2 ;;
	*) printf '%s: %s\n' "$me" "$*" >&2 ;;
	esac
}

# die STATUS WORD...: ends the script.
die() {
	die_status=$1
	shift
	say "$@"
	exit "$die_status"
}

# Passwords in URLs as ***; a filter.
mask() {
	sed -E -e 's#(://[^/@: ]*):[^/]*@#\1:***@#g' -e 's#([?&](ssl)?password=)[^& ]*#\1***#g'
}

# want COMMAND...: other programs that the script needs.
want() {
	for program; do
		command -v "$program" >/dev/null || die 2 "$program is not installed"
	done
}

# number OPTION VALUE: dies unless that is a whole number above zero.
number() {
	case $2 in
	'' | *[!0-9]* | 0) die 2 "$1: '$2' is no number above zero" ;;
	esac
}

# quote TEXT: as one word for eval.
quote() {
	printf '%s\n' "$1" | sed -e "s/'/'\\\\''/g" -e "1s/^/'/" -e "\$s/\$/'/"
}

# Passwords of the command line would be in ps(1) as long as the script runs. So it begins again
# with the words that have one masked, and all that they were in the environment, which nobody
# else can read.
# shellcheck disable=SC2089,SC2090 # for eval
if [ -n "${ROWBOAT_WORDS-}" ]; then
	eval "set -- $ROWBOAT_WORDS"
	unset ROWBOAT_WORDS
else
	case $* in
	*://*)
		word_number=0 ROWBOAT_WORDS=''
		for word; do
			word_number=$((word_number + 1)) masked=$word
			case $word in *://*) masked=$(printf %s "$word" | mask) ;; esac
			if [ "$masked" = "$word" ]; then
				ROWBOAT_WORDS="$ROWBOAT_WORDS \"\${$word_number}\""
			else
				ROWBOAT_WORDS="$ROWBOAT_WORDS $(quote "$word")"
			fi
			set -- "$@" "$masked"
			shift
		done
		case $ROWBOAT_WORDS in *\'*) export ROWBOAT_WORDS; exec /bin/sh "$0" "$@" ;; esac
		unset ROWBOAT_WORDS
		;;
	esac
fi

# words: a filter, of lines into words for eval.
words() {
	sed -e "s/'/'\\\\''/g" -e "s/.*/'&'/" | tr '\n' ' '
}

# check_checks LIST: dies unless these are checks of validate, each once.
check_checks() {
	checks_seen=,
	checks_rest=$1,
	while [ -n "$checks_rest" ]; do
		check=${checks_rest%%,*} checks_rest=${checks_rest#*,}
		case $check in
		count | types | fit | digest | sample | rows) ;;
		*) die 2 "--checks: '$check' is none of count, types, fit, digest, sample, rows" ;;
		esac
		case $checks_seen in *",$check,"*) die 2 "--checks: $check is named twice" ;; esac
		checks_seen=$checks_seen$check,
	done
}

# ---- Filters: commands that the rows of some tables go through, in $FILTERS ----

: "${FILTERS:=}"
export FILTERS
tab=$(printf '\t')

# add_filter TABLE=COMMAND
add_filter() {
	case $1 in
	*"$tab"* | *"
"*) die 2 "--filter: no tabs and line ends in '$1'" ;;
	?*=?*) ;;
	*) die 2 "--filter: '$1' is not TABLE=COMMAND" ;;
	esac
	FILTERS=$FILTERS${1%%=*}$tab${1#*=}'
'
}

# filter_of TABLE: its command, or nothing.
filter_of() {
	[ -z "$FILTERS" ] || printf %s "$FILTERS" | TABLE=$1 awk -F '\t' '
		$1 "" == ENVIRON["TABLE"] { command = $2 } END { if (command != "") print command }'
}

# check_filters FILE: every table that has a filter is a line of the file.
check_filters() {
	printf %s "$FILTERS" | cut -f 1 | while IFS= read -r has_filter; do
		grep -qxF -e "$has_filter" "$1" || die 2 "--filter: there is no table '$has_filter'"
	done
}

# identifier URL NAME: the name of a table, quotes and all, as that database's SQL has it.
identifier() {
	case $1 in postgres*) set -- '"' "$2" ;; *) set -- '`' "$2" ;; esac
	printf %s "$2" | awk -v q="$1" '
		function part(  name, c) {
			c = substr(text, 1, 1)
			if (c != "\"" && c != "`") {
				match(text, /^[^.]*/)
				name = substr(text, 1, RLENGTH)
				text = substr(text, RLENGTH + 1)
			} else {
				text = substr(text, 2)
				while ((i = index(text, c)) > 0) {
					name = name substr(text, 1, i - 1)
					text = substr(text, i + 1)
					if (substr(text, 1, 1) != c)
						break
					name = name c
					text = substr(text, 2)
				}
			}
			gsub(q, q q, name)
			return q name q
		}
		{ text = text (NR > 1 ? "\n" : "") $0 }
		END {
			out = part()
			if (text ~ /^[.]/) {
				text = substr(text, 2)
				out = out "." part()
			}
			print out
		}'
}

# attend COMMAND...: runs a command that may take long, so that signals are heeded meanwhile; what
# the script does in the end includes end_attended.
attended=''
attend() {
	{
		"$@" <&3 3<&- &
	} 3<&0
	attended=$!
	wait "$attended"
	attended_status=$?
	attended=''
	return "$attended_status"
}

end_attended() {
	[ -z "$attended" ] || { kill "$attended" && wait "$attended"; } 2>/dev/null
}

# json TEXT: as a JSON string.
json() {
	case $1 in
	*[\\\"[:cntrl:]]*) printf %s "$1" | jq -Rs . ;;
	*) printf '"%s"' "$1" ;;
	esac
}

# record STEP STATUS [EXIT SECONDS]: into the journal, but not what a rehearsal does.
record() {
	[ -n "$journal" ] && [ -z "$dry_run" ] || return 0
	record_end=''
	[ -z "${3:-}" ] || record_end=",\"exit\":$3,\"seconds\":$4"
	printf '{"time":"%s","script":"%s","pid":%s,"step":%s,"status":"%s"%s}\n' \
		"$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)" "$me" $$ "$(json "$1")" "$2" "$record_end" \
		>>"$journal" || die 3 "cannot write the journal $journal"
}

# now: seconds since 1970, with thousandths.
now() {
	date +%s.%3N
}

# since START: the seconds from then on.
since() {
	awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.3f", b - a }'
}

# step NAME COMMAND...: says and records the step, and runs the command (not with dry_run). Its
# exit status is that of the command.
step() {
	step_name=$1
	shift
	if [ -n "$dry_run" ]; then
		printf '%s: would %s: %s\n' "$me" "$step_name" "$*" | mask >&2
		return 0
	fi
	say "$step_name"
	record "$step_name" started
	[ -z "$journal" ] || step_start=$(now)
	step_status=0 step_end='done'
	"$@" || step_status=$? step_end=failed
	[ -z "$journal" ] || record "$step_name" $step_end "$step_status" "$(since "$step_start")"
	return "$step_status"
}
