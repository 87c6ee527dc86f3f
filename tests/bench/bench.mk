# make bench: figures beside the floors of this machine, from one run. BENCH_ARGS="--records 10000 --authors 10" is quick.
.PHONY: bench
bench: all $(O)/tests/bench/floor $(O)/tests/bench/floor_live $(O)/tests/bench/grow
	$(Q)BUILD=$(abspath $(O)) python3 tests/bench/bench.py $(BENCH_ARGS)

$(O)/tests/bench/floor $(O)/tests/bench/floor_live: $(O)/tests/bench/%: $(O)/obj/tests/bench/%.o
	@echo "  LINK   $@"
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -llmdb

# make bench-search: how fast the views follow and searches answer, without a network. SEARCH_RECORDS="1000000" for more.
SEARCH_RECORDS ?= 200000
.PHONY: bench-search
bench-search: $(O)/tests/bench/search
	$(Q)for n in $(SEARCH_RECORDS); do $< $$n || exit 1; done

# Queries over a whole network: DOMAIN_ARGS="--members 100 --records 10000" is quick.
.PHONY: bench-domain
bench-domain: all $(O)/tests/bench/world
	$(Q)BUILD=$(abspath $(O)) python3 tests/bench/domain.py $(DOMAIN_ARGS)

# What indexing and one query cost the processor in a HOME that tests/bench/world filled: build/tests/bench/views HOME
.PHONY: bench-views
bench-views: $(O)/tests/bench/world $(O)/tests/bench/views

# How costs grow with records and with logs, each beside the size before. GROWTH_ARGS="--records 1000,10000 --logs 1,126 --at-records 10000"
# takes half a minute, all of it ten.
.PHONY: bench-growth
bench-growth: all $(O)/tests/bench/grow
	$(Q)BUILD=$(abspath $(O)) python3 tests/bench/growth.py $(GROWTH_ARGS)
