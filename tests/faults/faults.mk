# Real faults: crash images of the database, kills in the middle of commits, calls that fail in turn, full disks, flipped
# bits. Libraries to preload lie in $(O)/faults/*.so, programs that use the store beside them.

FAULTS_LIBS     := $(O)/faults/record.so $(O)/faults/fail.so $(O)/faults/strike.so
FAULTS_PROGRAMS := $(O)/faults/images $(O)/faults/nth $(O)/faults/flips
FAULTS_WRAP     := -Wl,--wrap=stat -Wl,--wrap=fstat

$(O)/faults/%.so: tests/faults/%.c $(wildcard tests/faults/*.h) Makefile
	@echo "  LINK   $@"
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -std=c17 $(WARN) -O2 -g -fPIC -shared -o $@ $< -ldl -lpthread

$(O)/faults/images: $(addprefix $(O)/obj/tests/faults/,images.o replay.o image.o judge.o) $(O)/libstore.a $(O)/libproto.a
	@echo "  LINK   $@"
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) $(FAULTS_WRAP) -o $@ $^ $(LIBS_store)

# -rdynamic: what fail.c defines comes before the C library for the other libraries as well.
$(O)/faults/nth: $(addprefix $(O)/obj/tests/faults/,nth.o fail.o) $(O)/libstore.a $(O)/libproto.a
	@echo "  LINK   $@"
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -rdynamic -o $@ $^ -lcmocka $(LIBS_store)

$(O)/faults/flips: $(O)/obj/tests/faults/flips.o $(O)/libstore.a $(O)/libproto.a
	@echo "  LINK   $@"
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -lcmocka $(LIBS_store)

.PHONY: faults-programs
faults-programs: $(FAULTS_LIBS) $(FAULTS_PROGRAMS)

# Paths here are those of a temporary folder.
$(O)/obj/tests/faults/%.o: EXTRA_CFLAGS += -Wno-format-truncation -Wno-unused-function

# With the build that people run: what each may count to is in the text of its test.
FAULTS_TESTS = $(sort $(wildcard tests/faults/test_*.py))
# `make test` mounts nothing.
FAULTS_QUICK_TESTS = $(filter-out %/test_full.py,$(FAULTS_TESTS))
FAULTS_QUICK = IMAGES=100 STRIDE=40 STRIKES=6 RUNS=2 BITS=100
FAULTS_CHECK = IMAGES=5000 STRIDE=4 STRIKES=100 RUNS=8 BITS=1000
FAULTS_SOAK  = IMAGES=50000 STRIDE=1 STRIKES=1000 RUNS=0 BITS=10000
