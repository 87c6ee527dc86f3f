# Hostile load: a crowd at the door of real daemons, handshakes that nobody made, a member that floods, and those who take all the
# time that they are given. Programs lie in $(O)/load; what each run counts to is in the text of its test.

LOAD_PROGRAMS := $(O)/load/flood $(O)/load/forged $(O)/load/impostors

$(O)/load/flood: $(O)/obj/tests/load/flood.o
	@echo "  LINK   $@"
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^

$(O)/load/impostors: $(addprefix $(O)/obj/tests/load/,impostors.o impostor.o) $(O)/libproto.a
	@echo "  LINK   $@"
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS_proto)

$(O)/load/forged: $(O)/obj/tests/load/forged.o $(O)/libstore.a $(O)/libproto.a
	@echo "  LINK   $@"
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -lcmocka $(LIBS_store)

.PHONY: load-programs
load-programs: $(LOAD_PROGRAMS)

LOAD_TESTS = $(sort $(wildcard tests/load/test_*.py))
# How long a slow one may take is in the protocol, and no count makes it shorter.
LOAD_QUICK_TESTS = $(filter-out %/test_slow.py,$(LOAD_TESTS))
LOAD_QUICK = FORGED=2000 SECONDS=4 IMPOSTORS=4000 FLOOD=0.2
LOAD_CHECK = FORGED=20000 SECONDS=10 IMPOSTORS=100000 FLOOD=0.5 SLOW=1000 SLOW_SECONDS=4
LOAD_SOAK  = FORGED=1000000 SECONDS=600 IMPOSTORS=1000000 FLOOD=60 SLOW=1000 SLOW_SECONDS=600
