# `make test`: everything that is quick enough to run before each commit, from nothing but git and make. What the parts
# count is added up by tests/run.py; its closing line says "N passed, N failed".

# Parts are found by folder, three at once, as some of them wait for a deadline at times. Programs that start daemons take
# those of BUILD (build, when it is not set). The simulator comes first, as it takes longest; unit tests last, as they are
# short and leave no core without work. KILLS, RECORDS, FLIPS and SHOWS are small here; make check runs what needs to be
# large.
E2E_TESTS   = $(patsubst %,'python3 %',$(wildcard tests/e2e/test_*.py))
GOLDEN_TEST = $(patsubst %,'python3 %',$(wildcard tests/golden/run.py))
SIM_TEST    = $(if $(wildcard tests/sim/sim.mk),'$(MAKE) --no-print-directory MODE=$(MODE) sim')
# One job a core, unless whoever called make has said how many.
JOBS        = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

.PHONY: test test-run
test:
	$(Q)deploy/deps test
	+$(Q)$(MAKE) --no-print-directory $(JOBS) test-run

test-run: all faults-programs load-programs $(UNIT_BIN) $(if $(wildcard tests/sim/sim.mk),$(O)/sim)
	$(Q)KILLS=8 RECORDS=2000 FLIPS=4 SHOWS=40 BUILD=$(O) python3 tests/run.py -j 3 $(SIM_TEST) $(GOLDEN_TEST) $(E2E_TESTS) \
	  $(FAULTS_QUICK_TESTS:%='env $(FAULTS_QUICK) python3 %') \
	  'env $(LOAD_QUICK) $(O)/load/forged' $(LOAD_QUICK_TESTS:%='env $(LOAD_QUICK) python3 %') $(UNIT_BIN)
