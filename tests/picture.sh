#!/bin/bash
# picture.sh [FILE]: makes a picture (SVG) of the terminal in which a cutover ran, that of the
# sample shop, on throwaway servers; or of what FILE holds. `make picture` writes
# cdcapply/cutover.svg.
set -eu

here=$(cd "$(dirname "$0")" && pwd)

# A real cutover, as one would type it.
recording() {
	export PATH=${BIN:?}:$PATH A=$MYSQL_URL/shop B=$PG_URL/shop
	mariadb --defaults-file="$MYSQL_CNF" -e 'CREATE DATABASE shop CHARACTER SET utf8mb4'
	mariadb --defaults-file="$MYSQL_CNF" --default-character-set=utf8mb4 shop \
		<"$here/sample/shop.sql"
	psql -qX "$PG_URL/postgres" -c 'CREATE DATABASE shop'
	schema --to postgres "$A" | psql -qXv ON_ERROR_STOP=1 "$B" >&2
	follow "$A" "$B" orders items products >&2 &
	until cdcapply --from-checkpoint "$B" >/dev/null 2>&1; do sleep 0.5; done
	echo "\$ cutover --switch 'echo \"\$B\" > url' \"\$A\" \"\$B\" orders items products"
	# shellcheck disable=SC2016 # a command of its own
	cutover --switch 'echo "$B" > url' "$A" "$B" orders items products 2>&1 || exit
	cdcapply --stream rowboat_back --close 'the picture is taken' "$A"
	flock cutover-rowboat.json.rowboat_back.lock true
	wait
}

# Its background is its own, so that it can be read on pages of any colour.
svg() {
	awk '
		function plain(text) {
			gsub(/&/, "\\&amp;", text)
			gsub(/</, "\\&lt;", text)
			gsub(/>/, "\\&gt;", text)
			return text
		}
		{ line[NR] = $0; if (length($0) > columns) columns = length($0) }
		END {
			size = 13; advance = 7.9; height = 19; margin = 18; bar = 30
			w = int(columns * advance + 2 * margin); h = bar + NR * height + margin
			printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" " \
				"width=\"%d\" height=\"%d\" role=\"img\">\n", w, h, w, h
			printf "<title>A cutover in a terminal</title>\n"
			printf "<rect x=\".5\" y=\".5\" width=\"%d\" height=\"%d\" rx=\"8\" fill=\"#1c2128\" " \
				"stroke=\"#59636e\"/>\n", w - 1, h - 1
			for (i = 0; i < 3; i++)
				printf "<circle cx=\"%d\" cy=\"16\" r=\"5\" fill=\"#59636e\"/>\n", 20 + i * 16
			printf "<g font-family=\"ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace\" " \
				"font-size=\"%d\" fill=\"#d1d7e0\">\n", size
			for (i = 1; i <= NR; i++)
				printf "<text x=\"%d\" y=\"%d\" xml:space=\"preserve\"%s>%s</text>\n", margin,
					bar + i * height, line[i] ~ /^\$ / ? " font-weight=\"bold\"" : "", plain(line[i])
			print "</g>\n</svg>"
		}' "$@"
}

if [ $# -gt 0 ]; then
	svg "$1"
	exit
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
recording >terminal
svg terminal
