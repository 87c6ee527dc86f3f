# Hostile load: a crowd at the door of real daemons, and handshakes that nobody made. Programs lie in $(O)/load; what each run
# counts to is in the text of its test.

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
LOAD_QUICK = FORGED=2000 SECONDS=4
LOAD_CHECK = FORGED=100000 SECONDS=20
LOAD_SOAK  = FORGED=1000000 SECONDS=600
