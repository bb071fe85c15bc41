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

MARIADB_CFLAGS := $(shell pkg-config --cflags libmariadb 2>/dev/null)
MARIADB_LIBS := $(shell pkg-config --libs libmariadb 2>/dev/null || echo -lmariadb)
PG_CFLAGS := $(shell pkg-config --cflags libpq 2>/dev/null)
PG_LIBS := $(shell pkg-config --libs libpq 2>/dev/null || echo -lpq)

ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -DROWBOAT_VERSION='"$(VERSION)"' -Icommon $(CFLAGS) $(WARN) \
	$(SAN) $(MARIADB_CFLAGS) $(PG_CFLAGS) -MMD -MP
LIBS = $(PG_LIBS) $(MARIADB_LIBS) -lcsv -lyajl -lcrypto -lm

# The library that all programs share, lowest layer first.
PROCESS = err buf io opt progress
DATA = names type table num float_digits float datetime text json_number json_canonical
STREAMS = stream stream_write csv_read csv_write json_read json_write
DATABASES = url db pg pg_catalog pg_select pg_encode pg_load \
	mysql mysql_catalog mysql_select mysql_encode mysql_load
COMMON = $(PROCESS) $(DATA) $(STREAMS) $(DATABASES)

# Each program: its folder and its own objects.
PROGRAMS = extract load
extract_OBJS = extract/extract
load_OBJS = load/load load/match load/feed load/isolate load/rejects

LIBROWBOAT = $(OBJ)/librowboat.a

all: deps $(PROGRAMS:%=$(BIN)/%)

$(LIBROWBOAT): $(COMMON:%=$(OBJ)/common/%.o)
	$(AR) rcs $@ $^

define program
$(BIN)/$(1): $$($(1)_OBJS:%=$(OBJ)/%.o) $(LIBROWBOAT)
	$$(CC) $$(CFLAGS) $$(SAN) $$(LDFLAGS) -o $$@ $$^ $$(LIBS)
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

$(OBJ)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

-include $(shell find $(OBJ) -name '*.d' 2>/dev/null)

deps:

clean:
	rm -rf bin

.PHONY: all deps clean
