# Rowboat: see README.md. The two commands are `make demo` and `make test`.

VERSION = 0.1
PREFIX ?= /usr/local
PROGPREFIX = row-
DESTDIR =

CC ?= gcc
CFLAGS ?= -O2 -g
WARN = -Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes -Wshadow -Wpointer-arith \
	-Wwrite-strings -Wundef
# `make WERROR=1`: warnings are errors (CI sets it).
WARN += $(if $(WERROR),-Werror)
# `make SANITIZE=address,undefined` builds apart, in bin/sanitize.
SANITIZE ?=
SAN = $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all)
BIN = bin$(if $(SANITIZE),/sanitize)
OBJ = $(BIN)/obj

# Asked once, at the first use: `deps` may have to install pkg-config first.
once = $(eval $(1) := $(shell pkg-config $(2)))$($(1))
MARIADB_CFLAGS = $(call once,MARIADB_CFLAGS,--cflags libmariadb)
MARIADB_LIBS = $(call once,MARIADB_LIBS,--libs libmariadb)
PG_CFLAGS = $(call once,PG_CFLAGS,--cflags libpq)
PG_LIBS = $(call once,PG_LIBS,--libs libpq)

ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -DROWBOAT_VERSION='"$(VERSION)"' -Icommon $(CFLAGS) $(WARN) \
	$(SAN) $(MARIADB_CFLAGS) $(PG_CFLAGS) -MMD -MP
LIBS = $(PG_LIBS) $(MARIADB_LIBS) -lcsv -lyajl -lcrypto -lz -lzstd -lm

# The library that all programs share, lowest layer first.
PROCESS = err buf io opt progress spool
DATA = names type table typemap typemap_default compat compat_text num float_digits float \
	datetime datetime_write zone interval text json_number json_canonical md digest canon
STREAMS = stream stream_write csv_rows csv_plain csv_read csv_write json_sax json_plain json_tree \
	json_line json_read json_write event position pgoutput
# Rows of MySQL's binary log; they need no connection.
BINLOG_ROWS = mysql_rowdef mysql_rowdef_types mysql_rowdef_meta mysql_rowdef_catalog mysql_row \
	mysql_row_number mysql_row_time mysql_row_text mysql_json mysql_json_number \
	mysql_json_diff mysql_charset mysql_charset_multibyte mysql_charset_table mysql_inflate
# What they come in.
BINLOG = mysql_binlog mysql_binlog_gtid mysql_payload mysql_gtid mysql_scan mysql_statement
DATABASES = url db db_columns db_digest pg_text pg_digest mysql_text mysql_float mysql_digest \
	db_ranges pg_ranges mysql_ranges \
	pg pg_client pg_error pg_type pg_catalog pg_extras pg_keys pg_select pg_fetch pg_encode pg_binary \
	pg_time pg_numeric pg_load pg_merge pg_compare pg_fit \
	db_apply checkpoint pg_apply pg_apply_run pg_apply_match pg_apply_sql pg_apply_set \
	pg_apply_copy \
	mysql mysql_options mysql_client mysql_error mysql_type mysql_infile \
	mysql_catalog mysql_extras mysql_columns mysql_keys mysql_select mysql_fetch mysql_sample mysql_position \
	mysql_encode mysql_encode_number mysql_encode_time mysql_encode_text mysql_geometry \
	mysql_load mysql_insert mysql_merge mysql_compare mysql_fit \
	mysql_apply mysql_apply_run mysql_apply_sql mysql_apply_set \
	db_fence pg_fence mysql_fence \
	pg_spool pg_repl pg_relation pg_relation_row pg_take pg_tell pg_changes pg_publication pg_slot \
	mysql_rpl mysql_feed mysql_group mysql_log mysql_log_begin mysql_changes mysql_changes_check \
	changes
SQL = sqllex sqlsplit sqltype sqlalter_column sqlalter sqlcreate sqlexpr_tree sqlexpr_operand sqlexpr_parse sqlexpr_class sqlexpr sqldefault
DDL = ddl ddl_names ddl_postgres ddl_postgres_keys ddl_mysql ddl_mysql_plan ddl_mysql_keys
COMMON = $(PROCESS) $(DATA) $(STREAMS) $(DATABASES) $(BINLOG_ROWS) $(BINLOG) $(SQL) $(DDL)

# Each program: its folder and its own objects.
PROGRAMS = extract schema ranges capture load sql cast diff hash cdcapply fence
extract_OBJS = extract/extract extract/rows extract/serve
schema_OBJS = extract/schema extract/schema_json
ranges_OBJS = extract/ranges extract/ranges_keys
capture_OBJS = extract/capture extract/capture_write extract/patterns
load_OBJS = load/load load/match load/feed load/isolate load/rejects
sql_OBJS = load/sql
cast_RULES = load/cast_rules load/cast_number load/cast_date load/cast_zone load/cast_text \
	load/cast_encoding load/cast_uuid load/cast_array load/cast_set load/cast_mask
cast_OBJS = load/cast load/cast_args load/cast_plan load/cast_loss $(cast_RULES)
diff_OBJS = $(addprefix diff/,diff options rows input shape key line sort source rowset merge \
	treat report report_events report_text report_summary keys recheck sample query \
	in_database ranges buckets tables count types fit fit_report digest checks)
hash_OBJS = hash/hash hash/source hash/rows hash/table hash/manifest hash/sum
# What reads change events; cdcapply's own objects come on top.
cdcapply_READER = $(addprefix cdcapply/,reader reader_lines reader_util format_debezium \
	format_envelope format_mark format_schema format_unwrapped format_dms format_dms_csv \
	format_datastream format_maxwell format_canal format_wal2json value_decode value_number \
	value_time value_bytes value_wkt value_nested)
cdcapply_OBJS = $(cdcapply_READER) $(addprefix cdcapply/,cdcapply options mapping tables layout \
	shape plan arena group net apply apply_sets apply_rows gtid place sink correlate run definition definition_apply definition_tables definition_rename receipt \
	watch lag)
fence_OBJS = cdcapply/fence cdcapply/fence_clients cdcapply/fence_status

# Shell scripts are copied. EVERY: all that is installed.
SCRIPTS = load/phased diff/validate cdcapply/follow cdcapply/cutover cdcapply/rollback load/bigbang load/backfill
EVERY = $(PROGRAMS) $(notdir $(SCRIPTS))
# What they share.
STEPS = common/steps.sh cdcapply/course.sh cdcapply/course_options.sh cdcapply/gates.sh \
	cdcapply/gates_objects.sh load/parts.sh

# What is built is said in a line each; `make V=1` shows the commands.
say = $(if $(V),,@echo "  $(1)  $@" && )

LIBROWBOAT = $(OBJ)/librowboat.a

all: deps $(EVERY:%=$(BIN)/%) $(addprefix $(BIN)/,$(notdir $(STEPS)))

$(LIBROWBOAT): $(COMMON:%=$(OBJ)/common/%.o)
	$(call say,AR)$(AR) rcs $@ $^

define program
$(BIN)/$(1): $$($(1)_OBJS:%=$(OBJ)/%.o) $(LIBROWBOAT)
	$$(call say,LD)$$(CC) $$(CFLAGS) $$(SAN) $$(LDFLAGS) -o $$@ $$^ $$(LIBS)
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

define script
$(BIN)/$(notdir $(1)): $(1)
	@mkdir -p $$(@D)
	$$(call say,CP)install -m 755 $$< $$@
endef
$(foreach s,$(SCRIPTS) $(STEPS),$(eval $(call script,$(s))))

$(OBJ)/%.o: %.c | deps
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(ALL_CFLAGS) -c -o $@ $<

.PRECIOUS: $(OBJ)/%.o

-include $(shell find $(OBJ) -name '*.d' 2>/dev/null)

# Installs the Debian packages that are missing, and says so.
deps:
	@tests/deps.sh build

# ---- The demonstration and the tests ----

# `make demo`: a sample shop moves from MariaDB to PostgreSQL.
demo: all
	@tests/deps.sh demo
	@exec env BIN=$(abspath $(BIN)) tests/servers.sh run tests/demo.sh

# `make picture`: the picture of a cutover in README.md, anew.
picture: all
	@tests/deps.sh demo
	@BIN=$(abspath $(BIN)) tests/servers.sh run tests/picture.sh >$(OBJ)/cutover.svg
	@mv $(OBJ)/cutover.svg cdcapply/cutover.svg

# `make test`: everything. MYSQL=8, PG=13: against these servers instead of Debian's; see
# tests/servers.sh for the releases that there are.
# SANITIZE=address,undefined: with the sanitizers. TESTS='tests/load.bats': only that file.
test:
	@tests/deps.sh test
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@$(MAKE) --no-print-directory unit
	@$(MAKE) --no-print-directory pipelines

pipelines: all
	@tests/deps.sh test
	@exec env BIN=$(abspath $(BIN)) SANITIZE=$(SANITIZE) tests/run $(TESTS)

# Unit tests: each tests/unit/test_*.c is a program of its own; `make unit` runs them all.
UNIT = $(patsubst tests/unit/%.c,$(BIN)/unit/%,$(wildcard tests/unit/test_*.c))

$(BIN)/unit/%: $(OBJ)/tests/unit/%.o $(LIBROWBOAT)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(SAN) $(LDFLAGS) -o $@ $(filter %.o,$^) $(LIBROWBOAT) -lcmocka $(LIBS)
$(BIN)/unit/test_change_reader $(BIN)/unit/test_change_value: \
	$(patsubst %,$(OBJ)/%.o,$(cdcapply_READER))
$(BIN)/unit/test_gtid: $(OBJ)/cdcapply/gtid.o
$(BIN)/unit/test_cast: $(patsubst %,$(OBJ)/%.o,$(cast_RULES))

unit: $(UNIT)
	@failed=; for t in $(UNIT); do $$t || failed="$$failed $$t"; done; \
	if [ "$$failed" ]; then echo "failed:$$failed" >&2; exit 1; fi

# `make fuzz FUZZ_SECONDS=60`: libFuzzer (clang) on everything that reads what others wrote,
# so many seconds each. What it finds out stays in bin/fuzz/corpus.
FUZZ_SECONDS ?= 60
FUZZ_SAN = -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ = $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZED = $(PROCESS) $(DATA) $(STREAMS) url $(BINLOG_ROWS) $(BINLOG) mysql_geometry sqllex sqltype sqlalter \
	sqlalter_column sqlcreate

bin/fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(FUZZED:%=common/%.c) $(wildcard common/*.h tests/fuzz/*.h)
	@mkdir -p $(@D)
	$(call say,CC)clang -std=c11 -D_GNU_SOURCE -DROWBOAT_VERSION='"$(VERSION)"' -Icommon -O1 -g $(WARN) \
		-fsanitize=fuzzer $(FUZZ_SAN) -o $@ $(filter %.c,$^) -lcsv -lyajl -lcrypto -lz -lzstd -lm
bin/fuzz/fuzz_change: $(cdcapply_READER:%=%.c) $(wildcard cdcapply/*.h)

fuzz:
	@tests/deps.sh fuzz
	@$(MAKE) --no-print-directory -j$$(nproc) $(FUZZ:%=bin/fuzz/%)
	@for f in $(FUZZ); do \
		corpus=bin/fuzz/corpus/$${f#fuzz_} && mkdir -p $$corpus && \
		bin/fuzz/$$f -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -timeout=10 -verbosity=0 \
			-print_final_stats=1 -artifact_prefix=bin/fuzz/ \
			$$corpus tests/fuzz/seed/$${f#fuzz_} || exit 1; \
	done

# `make bench ROWS=3000000 BENCH_RUNS=3`: against other tools, in one run.
ROWS ?= 3000000
BENCH_RUNS ?= 3
bench: all
	@tests/deps.sh bench
	@BIN=$(abspath $(BIN)) ROWS=$(ROWS) BENCH_RUNS=$(BENCH_RUNS) \
		MYSQLD_OPTIONS='--skip-log-bin --innodb-buffer-pool-size=1G' \
		tests/servers.sh run tests/bench.sh
	@BIN=$(abspath $(BIN)) ROWS=$(ROWS) BENCH_RUNS=$(BENCH_RUNS) \
		tests/servers.sh run tests/bench_bigbang.sh
	@BIN=$(abspath $(BIN)) ROWS=$(ROWS) BENCH_RUNS=$(BENCH_RUNS) tests/bench_diff.sh

# `make bench-changes CHANGES=400000`: change streams against the servers' own replication.
CHANGES ?= 400000
bench-changes: all
	@tests/deps.sh bench
	@BIN=$(abspath $(BIN)) CHANGES=$(CHANGES) BENCH_RUNS=$(BENCH_RUNS) tests/bench_changes.sh

# ---- Installation ----

LIBEXEC = $(PREFIX)/libexec/rowboat
MAN = $(PREFIX)/share/man
PAGES = $(wildcard */*.1)

# Manual pages are installed under the programs' installed names.
PAGE_NAMES = sed -E -e 's/^\.Dt ($(shell echo $(EVERY) | tr 'a-z ' 'A-Z|'))/.Dt ROW-\1/' \
	-e 's/^\.(Nm|Xr) ($(shell echo $(EVERY) | tr ' ' '|'))( |$$)/.\1 $(PROGPREFIX)\2\3/'

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(LIBEXEC) \
		$(DESTDIR)$(MAN)/man1 $(DESTDIR)$(MAN)/man5 $(DESTDIR)$(MAN)/man7
	for p in $(EVERY); do \
		install -m 755 $(BIN)/$$p $(DESTDIR)$(PREFIX)/bin/$(PROGPREFIX)$$p && \
		ln -sf ../../bin/$(PROGPREFIX)$$p $(DESTDIR)$(LIBEXEC)/$$p || exit 1; \
	done
	install -m 644 $(STEPS) $(DESTDIR)$(LIBEXEC)
	for page in $(PAGES); do \
		$(PAGE_NAMES) $$page >$(DESTDIR)$(MAN)/man1/$(PROGPREFIX)$${page##*/} || exit 1; \
	done
	$(PAGE_NAMES) common/stream.5 >$(DESTDIR)$(MAN)/man5/rowboat-stream.5
	$(PAGE_NAMES) common/rowboat.7 >$(DESTDIR)$(MAN)/man7/rowboat.7

uninstall:
	rm -f $(EVERY:%=$(DESTDIR)$(PREFIX)/bin/$(PROGPREFIX)%)
	rm -f $(EVERY:%=$(DESTDIR)$(LIBEXEC)/%)
	rm -f $(addprefix $(DESTDIR)$(LIBEXEC)/,$(notdir $(STEPS)))
	rm -f $(EVERY:%=$(DESTDIR)$(MAN)/man1/$(PROGPREFIX)%.1)
	rm -f $(DESTDIR)$(MAN)/man5/rowboat-stream.5 $(DESTDIR)$(MAN)/man7/rowboat.7
	-rmdir $(DESTDIR)$(LIBEXEC)

clean:
	rm -rf bin

.PHONY: all deps demo picture test pipelines unit fuzz bench bench-changes install uninstall clean
