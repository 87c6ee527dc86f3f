# One non-recursive Makefile. `make` builds build/communed and build/commune; MODE=debug|asan|tsan|fuzz|coverage builds the
# same tree side by side under build/MODE/. Sources are found by folder: a new file needs no line here.

MODE    ?= release
CC      ?= cc
VERSION := 0.1.0
O       := $(if $(filter release,$(MODE)),build,build/$(MODE))

PKGS    := libsodium libcrypto libuv msgpack lmdb libzstd libutf8proc jansson
# Asked for once, when the first file is compiled: on a machine that lacks pkg-config, `make test` installs it first.
PKG_CFLAGS = $(eval PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS)))$(if $(filter 0,$(.SHELLSTATUS)),,$(error \
               libraries are missing: run deploy/deps build))$(PKG_CFLAGS)
CPPFLAGS += -I. -D_GNU_SOURCE -DVERSION='"$(VERSION)"' $(PKG_CFLAGS)
WARN    := -Wall -Wextra -Werror -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla \
           -Wwrite-strings -fno-common
CFLAGS_release := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE -fcf-protection
LDFLAGS_release := -pie -Wl,-z,relro,-z,now
CFLAGS_debug := -O0 -g3
CFLAGS_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
               -Wno-format-truncation
LDFLAGS_asan := -fsanitize=address,undefined
CFLAGS_tsan := -O1 -g -fsanitize=thread -Wno-format-truncation
LDFLAGS_tsan := -fsanitize=thread
CFLAGS_fuzz := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
               -Wno-sign-conversion
LDFLAGS_fuzz := -fsanitize=address,undefined
CFLAGS_coverage := -O0 -g -fprofile-instr-generate -fcoverage-mapping -Wno-sign-conversion
LDFLAGS_coverage := -fprofile-instr-generate
# Their runtimes read and write files of their own; daemon/sandbox.h.
ifneq ($(filter asan tsan fuzz coverage,$(MODE)),)
CPPFLAGS += -DWITHOUT_SANDBOX
endif
ifneq ($(filter fuzz coverage,$(MODE)),)
CC      := clang
endif
CFLAGS  = -std=c17 $(WARN) $(CFLAGS_$(MODE)) $(EXTRA_CFLAGS)
LDFLAGS = $(LDFLAGS_$(MODE))

LIBS_proto  := -lsodium -lcrypto -lzstd -lutf8proc -ljansson -lm
LIBS_store  := -llmdb -lstemmer $(LIBS_proto)
LIBS_daemon := -luv -lpthread $(LIBS_store)
LIBS_cli    := -luv -lcsv $(LIBS_proto)

objects = $(patsubst %.c,$(O)/obj/%.o,$(wildcard $(1)/*.c))
PROTO_OBJ  := $(call objects,proto)
STORE_OBJ  := $(call objects,store)
DAEMON_OBJ := $(call objects,daemon)
CLI_OBJ    := $(call objects,cli)

Q := $(if $(V),,@)

PROGRAMS := $(patsubst daemon/main.c,$(O)/communed,$(wildcard daemon/main.c)) \
            $(patsubst cli/main.c,$(O)/commune,$(wildcard cli/main.c))
# Nothing that was built on the way to something else is removed.
.SECONDARY:

.PHONY: all clean
all: $(PROGRAMS)

$(O)/libproto.a: $(PROTO_OBJ)
$(O)/libstore.a: $(STORE_OBJ)
$(O)/libdaemon.a: $(filter-out $(O)/obj/daemon/main.o,$(DAEMON_OBJ))
$(O)/libcli.a: $(filter-out $(O)/obj/cli/main.o,$(CLI_OBJ))
$(O)/libproto.a $(O)/libstore.a $(O)/libdaemon.a $(O)/libcli.a:
	@echo "  AR     $@"
	@mkdir -p $(@D)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(O)/communed: $(O)/obj/daemon/main.o $(O)/libdaemon.a $(O)/libstore.a $(O)/libproto.a
	@echo "  LINK   $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS_daemon)

$(O)/commune: $(O)/obj/cli/main.o $(O)/libcli.a $(O)/libproto.a
	@echo "  LINK   $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS_cli)

$(O)/obj/%.o: %.c Makefile
	@echo "  CC     $<"
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# Unit tests: tests/proto/test_tree.c tests proto/tree.c and is one cmocka program.
UNIT_SRC := $(wildcard tests/proto/test_*.c tests/store/test_*.c tests/cli/test_*.c tests/daemon/test_*.c)
UNIT_BIN := $(patsubst %.c,$(O)/%,$(UNIT_SRC))

$(O)/tests/daemon/%: $(O)/obj/tests/daemon/%.o $(O)/libdaemon.a $(O)/libstore.a $(O)/libproto.a
	@echo "  LINK   $@"
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -lcmocka $(LIBS_daemon)

$(O)/tests/cli/%: $(O)/obj/tests/cli/%.o $(O)/libcli.a $(O)/libproto.a
	@echo "  LINK   $@"
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -lcmocka $(LIBS_cli)

$(O)/tests/%: $(O)/obj/tests/%.o $(O)/libstore.a $(O)/libproto.a
	@echo "  LINK   $@"
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -lcmocka $(LIBS_daemon) -lcsv -lmsgpackc

.PHONY: unit unit-programs
unit-programs: $(UNIT_BIN)
unit: unit-programs
	$(Q)python3 tests/run.py $(UNIT_BIN)

include $(wildcard cli/*.mk cli/*/*.mk tests/*.mk tests/*/*.mk deploy/*.mk deploy/*/*.mk)

clean:
	rm -rf build

-include $(shell find $(O)/obj -name '*.d' 2>/dev/null)
