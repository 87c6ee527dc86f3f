# `make check`: what takes longer than make test does. The tests again under AddressSanitizer and UBSan, the format, the
# linters, the rules of the layout, and every fuzz target for a while. tests/run.py adds everything up; the closing line
# says "N passed, N failed". `make soak` is the same idea for a night.

LINTS = $(filter-out tests/lint/csource.py,$(wildcard tests/lint/*.py))

# Leaks count as failures; an allocation of a peer's claim shows as one that is too large.
export ASAN_OPTIONS := detect_leaks=1:abort_on_error=0:allocator_may_return_null=0:max_allocation_size_mb=1024
export UBSAN_OPTIONS := print_stacktrace=1

# The tests that only show something when they are large, with the build that people run.
LARGE_TESTS = $(wildcard tests/e2e/test_kill.py tests/e2e/test_bytes.py tests/e2e/test_rot.py \
  tests/e2e/test_hostile_payloads.py)

.PHONY: check check-run lint soak
check:
	$(Q)deploy/deps check
	+$(Q)$(MAKE) --no-print-directory $(JOBS) all faults-programs load-programs sim-programs sim-broken $(O)/network
	+$(Q)$(MAKE) --no-print-directory $(JOBS) MODE=asan all unit-programs
	+$(Q)$(MAKE) --no-print-directory $(JOBS) MODE=fuzz fuzz-programs sim-programs
	+$(Q)$(MAKE) --no-print-directory $(JOBS) MODE=coverage fuzz-programs
	+$(Q)$(MAKE) --no-print-directory check-run

check-run:
	$(Q)KILLS=8 RECORDS=1000 FLIPS=4 SHOWS=40 BUILD=build/asan python3 tests/run.py -j 2 $(UNIT_SRC:%.c=build/asan/%) $(LINTS:%='python3 %') \
	  $(E2E_TESTS) $(LARGE_TESTS:%='env BUILD=build KILLS=40 RECORDS=20000 LOGS=10000 FLIPS=40 BATCHES=20 SHOWS=250 SEED=2 python3 %') \
	  $(FAULTS_TESTS:%='env BUILD=build $(FAULTS_CHECK) python3 %') 'env $(LOAD_CHECK) build/load/forged' \
	  '$(MAKE) --no-print-directory network-check' 'env BUILD=build DAEMONS=12 python3 tests/e2e/soak_daemons.py' \
	  -j 1 $(LOAD_TESTS:%='env BUILD=build $(LOAD_CHECK) python3 %') \
	  '$(MAKE) --no-print-directory sim-check' 'python3 tests/fuzz/run.py coverage' 'python3 tests/fuzz/run.py fuzz -s $(FUZZ_SECONDS) --seed 1'

lint: $(O)/libproto.a $(O)/commune
	$(Q)python3 tests/run.py $(LINTS:%='python3 %')

# For a night: many seeds of the simulator, ten minutes for each fuzz target, and the kills again and again.
SOAK_SEEDS        ?= 20000
SOAK_FUZZ_SECONDS ?= 600
SOAK_KILLS        ?= 1000
SOAK_FLIPS        ?= 5000
soak:
	$(Q)deploy/deps check
	+$(Q)$(MAKE) --no-print-directory $(JOBS) all faults-programs load-programs
	+$(Q)$(MAKE) --no-print-directory $(JOBS) MODE=fuzz fuzz-programs
	$(Q)KILLS=$(SOAK_KILLS) FLIPS=$(SOAK_FLIPS) BATCHES=500 RECORDS=200000 BUILD=build python3 tests/run.py -t 86400 -j 1 \
	  '$(MAKE) --no-print-directory SEEDS=$(SOAK_SEEDS) sim' 'python3 tests/e2e/test_kill.py' 'python3 tests/e2e/test_rot.py' \
  $(FAULTS_TESTS:%='env $(FAULTS_SOAK) python3 %') \
	  '$(MAKE) --no-print-directory sim-network' 'env DAEMONS=126 PAUSE=70 python3 tests/e2e/soak_daemons.py' 'python3 tests/e2e/soak_unit.py' \
	  'env $(LOAD_SOAK) build/load/forged' $(LOAD_TESTS:%='env $(LOAD_SOAK) python3 %') \
	  'python3 tests/fuzz/run.py fuzz -s $(SOAK_FUZZ_SECONDS)'
