# The deterministic simulator: `make sim` runs SEEDS seeds from FIRST on. tests/sim/sim.c says how to replay one.

SEEDS ?= 500
FIRST ?= 1
SIM_OBJ := $(call objects,tests/sim)

# Curve operations are looked up where the same ones were done before; memo.c says why that changes nothing.
SIM_WRAP := seal_verify seal_is_valid_point seal_dh seal_dh_keypair
SIM_LDFLAGS = $(foreach name,$(SIM_WRAP),-Wl,--wrap=$(name))

$(O)/sim: $(SIM_OBJ) $(O)/libstore.a $(O)/libproto.a
	@echo "  LINK   $@"
	$(Q)$(CC) $(LDFLAGS) $(SIM_LDFLAGS) -o $@ $^ $(LIBS_store)

.PHONY: sim
sim: $(O)/sim
	$(Q)$(O)/sim --seeds $(SEEDS) --first $(FIRST)
