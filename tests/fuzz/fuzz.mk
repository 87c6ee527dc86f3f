# Fuzzing with libFuzzer. tests/fuzz/fuzz_NAME.c is one target; its corpus is tests/fuzz/corpus/NAME and what it once
# crashed on is tests/fuzz/found/NAME. tests/fuzz/run.py knows what a target covers and runs them.
#
#     make fuzz                   every target for FUZZ_SECONDS
#     make fuzz FUZZ=note         one of them
#     make fuzz-coverage          fails when a corpus covers less than 80% of its parser's lines
#     make fuzz-seeds             writes the corpora again, from real encoders

FUZZ         ?= *
FUZZ_SECONDS ?= 20
FUZZ_NAMES   := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_BIN     := $(FUZZ_NAMES:%=$(O)/fuzz_%)

ifneq ($(filter fuzz coverage,$(MODE)),)
$(O)/fuzz_%: $(O)/obj/tests/fuzz/fuzz_%.o $(O)/libcli.a $(O)/libstore.a $(O)/libproto.a
	@echo "  LINK   $@"
	$(Q)$(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBS_cli) -llmdb -lstemmer -lcmocka -lmsgpackc

$(O)/seeds: $(patsubst %.c,$(O)/obj/%.o,$(wildcard tests/fuzz/seeds*.c)) $(O)/libcli.a $(O)/libstore.a \
  $(O)/libproto.a
	@echo "  LINK   $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS_cli) -llmdb -lstemmer -lcmocka
endif

.PHONY: fuzz fuzz-programs fuzz-coverage fuzz-seeds
fuzz-programs: $(FUZZ_BIN)

fuzz:
	$(Q)deploy/deps check
	+$(Q)$(MAKE) --no-print-directory $(JOBS) MODE=fuzz fuzz-programs
	$(Q)python3 tests/fuzz/run.py fuzz -s $(FUZZ_SECONDS) '$(FUZZ)'

fuzz-coverage:
	$(Q)deploy/deps check
	+$(Q)$(MAKE) --no-print-directory $(JOBS) MODE=coverage fuzz-programs
	$(Q)python3 tests/fuzz/run.py coverage '$(FUZZ)'

fuzz-seeds:
	$(Q)deploy/deps check
	+$(Q)$(MAKE) --no-print-directory $(JOBS) MODE=coverage build/coverage/seeds
	$(Q)LLVM_PROFILE_FILE=/dev/null build/coverage/seeds tests/fuzz/corpus
