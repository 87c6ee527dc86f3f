# Unit tests of the command line: everything in cli/ but main.

$(O)/libcli.a: $(filter-out $(O)/obj/cli/main.o,$(CLI_OBJ))
	@echo "  AR     $@"
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(O)/tests/cli/%: $(O)/obj/tests/cli/%.o $(O)/libcli.a $(O)/libproto.a
	@echo "  LINK   $@"
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -lcmocka $(LIBS_cli)

# Objects of tests are wanted again.
.PRECIOUS: $(O)/obj/%.o
