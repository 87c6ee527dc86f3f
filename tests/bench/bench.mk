# make bench: figures beside the floors of this machine, from one run. BENCH_ARGS="--records 10000 --authors 10" is quick.
.PHONY: bench
bench: all $(O)/tests/bench/floor
	$(Q)BUILD=$(abspath $(O)) python3 tests/bench/bench.py $(BENCH_ARGS)

$(O)/tests/bench/floor: $(O)/obj/tests/bench/floor.o
	@echo "  LINK   $@"
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -llmdb
