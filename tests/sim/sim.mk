# The deterministic simulator: `make sim` runs the named scenarios and SEEDS seeds from FIRST on, then the core built wrong in three ways, each of
# which has to be caught. tests/sim/sim.c says how to replay a seed.

SEEDS ?= 500
FIRST ?= 1
SIM_OBJ := $(call objects,tests/sim)

# Cryptography is looked up where the same was done before, and imitated in most seeds: memo.c.
SIM_WRAP := seal_sign seal_verify seal_is_valid_point seal_dh seal_dh_keypair seal_hmac_sha256 seal_encrypt seal_decrypt \
            ZSTD_compress ZSTD_decompress frame_encode
SIM_LDFLAGS = $(foreach name,$(SIM_WRAP),-Wl,--wrap=$(name))

$(O)/sim: $(SIM_OBJ) $(O)/libstore.a $(O)/libproto.a
	@echo "  LINK   $@"
	$(Q)$(CC) $(LDFLAGS) $(SIM_LDFLAGS) -o $@ $^ $(LIBS_store)

# proto/broken.h: one set of objects a mistake, in front of the library that has them right.
BROKEN   := ACK_EARLY ADMISSION LISTEN
CORE_SRC := $(wildcard proto/core*.c)
define broken_sim
$(O)/obj/broken-$(1)/%.o: %.c Makefile
	@echo "  CC     $$< (BROKEN_$(1))"
	@mkdir -p $$(@D)
	$(Q)$$(CC) $$(CPPFLAGS) -DBROKEN_$(1)=1 $$(CFLAGS) -MMD -MP -c -o $$@ $$<
$(O)/sim-broken-$(1): $(SIM_OBJ) $(patsubst %.c,$(O)/obj/broken-$(1)/%.o,$(CORE_SRC)) $(O)/libstore.a $(O)/libproto.a
	@echo "  LINK   $$@"
	$(Q)$$(CC) $$(LDFLAGS) $$(SIM_LDFLAGS) -o $$@ $$^ $$(LIBS_store)
endef
$(foreach name,$(BROKEN),$(eval $(call broken_sim,$(name))))
SIM_BROKEN := $(patsubst %,$(O)/sim-broken-%,$(BROKEN))

.PHONY: sim
sim: $(O)/sim $(SIM_BROKEN)
	$(Q)$(O)/sim --scenarios tests/sim/scenarios
	$(Q)$(O)/sim --seeds $(SEEDS) --first $(FIRST)
	$(Q)for s in $(SIM_BROKEN); do $$s --must-fail --seeds $(SEEDS) || exit 1; done
