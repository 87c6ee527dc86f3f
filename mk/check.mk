# `make check`: what takes longer than make test does. The tests again under AddressSanitizer and UBSan, the format, the
# linters, the rules of the layout, and every fuzz target for a while. tests/run.py adds everything up; the closing line
# says "N passed, N failed". `make soak` is the same idea for a night.

LINTS = $(filter-out tests/lint/csource.py,$(wildcard tests/lint/*.py))

# Leaks count as failures; an allocation of a peer's claim shows as one that is too large.
export ASAN_OPTIONS := detect_leaks=1:abort_on_error=0:allocator_may_return_null=0:max_allocation_size_mb=1024
export UBSAN_OPTIONS := print_stacktrace=1

.PHONY: check check-run lint
check:
	$(Q)deploy/deps check
	+$(Q)$(MAKE) --no-print-directory $(JOBS) all
	+$(Q)$(MAKE) --no-print-directory $(JOBS) MODE=asan all unit-programs
	+$(Q)$(MAKE) --no-print-directory check-run

check-run:
	$(Q)LOGS=10000 BUILD=build/asan python3 tests/run.py $(UNIT_SRC:%.c=build/asan/%) $(E2E_TESTS) $(LINTS:%='python3 %')

lint: $(O)/libproto.a
	$(Q)python3 tests/run.py $(LINTS:%='python3 %')
