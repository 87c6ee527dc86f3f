# The deterministic simulator: `make sim` runs the named scenarios and SEEDS seeds from FIRST on, then builds that are wrong
# on purpose, each of which has to be caught. `make sim-check` is the whole of it: 3,000 seeds, which have to take every
# rare branch (proto/mark.h) and to see all that hostile coordinators do (deeds.h), all the mistakes, and the same traces from gcc and from clang with sanitizers.
# tests/sim/sim.c says how to replay a seed.

SEEDS ?= 500
CHECK_SEEDS ?= 3000
FIRST ?= 1
SIM_OBJ := $(call objects,tests/sim)

# Cryptography is looked up where the same was done before, and imitated in most seeds: memo.c.
SIM_WRAP := seal_sign seal_verify seal_is_valid_point seal_dh seal_dh_keypair seal_hmac_sha256 seal_encrypt seal_decrypt \
            batch_packer_new batch_unpacker_new ZSTD_compress ZSTD_decompress frame_encode frame_in_next roster_check
SIM_LDFLAGS = $(foreach name,$(SIM_WRAP),-Wl,--wrap=$(name))

$(O)/sim: $(SIM_OBJ) $(O)/libstore.a $(O)/libproto.a
	@echo "  LINK   $@"
	$(Q)$(CC) $(LDFLAGS) $(SIM_LDFLAGS) -o $@ $^ $(LIBS_store)

# proto/broken.h: what each mistake is in. Only that is compiled again, and stands in front of the library that has it
# right. Those that were here first are caught in make test already.
BROKEN_ACK_EARLY         := proto/core_append
BROKEN_ADMISSION         := proto/core_judge
BROKEN_BRANCH_UNPROVEN   := proto/core_branch
BROKEN_CURSOR_EARLY      := proto/core_digest
BROKEN_CURSOR_KEPT       := tests/sim/faults_disk
BROKEN_CUT_IGNORED       := proto/core_intake proto/core_plan
BROKEN_DIGEST_FROZEN     := proto/heads
BROKEN_ERASED_BELIEVED   := proto/core_erased
BROKEN_FAILURE_FORGOTTEN := proto/core_batch
BROKEN_HAVE_EARLY        := proto/core_intake
BROKEN_HEAD_UNSIGNED     := proto/core_plan proto/core_batch proto/core_tail
BROKEN_LAST_WINS         := proto/core_evidence
BROKEN_LISTEN            := proto/core_listen
BROKEN_LOCK_LATE         := tests/sim/disk
BROKEN_MISSING_IGNORED   := proto/core_serve
BROKEN_NO_EVIDENCE       := proto/core_evidence proto/core_heads
BROKEN_NO_PROOF          := proto/core_batch
BROKEN_NO_SYNC           := tests/sim/disk
BROKEN_OLD_SET           := proto/roster
BROKEN_OLD_VERSION       := proto/roster
BROKEN_PUSH_LOOPS        := proto/core_plan
BROKEN_RECALL            := proto/core_rot_fetch
BROKEN_RETIRED_KEY       := proto/roster
BROKEN_ROSTER_FIRST      := proto/core_evidence
BROKEN_ROT_IGNORED       := proto/core_rot
BROKEN_SKIP_FOREVER      := proto/core
BROKEN_UNREAD            := proto/core_sign tests/sim/disk
BROKEN_YOURS_UNSIGNED    := proto/core_heads

BROKEN_TEST := ACK_EARLY ADMISSION LISTEN NO_SYNC
BROKEN_ALL  := $(sort $(patsubst BROKEN_%,%,$(filter-out BROKEN_TEST,$(filter BROKEN_%,$(.VARIABLES)))))
define broken_sim
$(O)/obj/broken-$(1)/%.o: %.c Makefile
	@echo "  CC     $$< (BROKEN_$(1))"
	@mkdir -p $$(@D)
	$(Q)$$(CC) $$(CPPFLAGS) -DBROKEN_$(1)=1 $$(CFLAGS) -MMD -MP -c -o $$@ $$<
$(O)/sim-broken-$(1): $(BROKEN_$(1):%=$(O)/obj/broken-$(1)/%.o) $(filter-out $(BROKEN_$(1):%=$(O)/obj/%.o),$(SIM_OBJ)) \
    $(O)/libstore.a $(O)/libproto.a
	@echo "  LINK   $$@"
	$(Q)$$(CC) $$(LDFLAGS) $$(SIM_LDFLAGS) -o $$@ $$^ $$(LIBS_store)
endef
$(foreach name,$(BROKEN_ALL),$(eval $(call broken_sim,$(name))))

empty :=
comma := ,
sim_broken = $(subst $(empty) $(empty),$(comma),$(strip $(1)))

.PHONY: sim sim-programs sim-broken sim-check
sim-broken: $(BROKEN_ALL:%=$(O)/sim-broken-%)
sim: $(O)/sim $(BROKEN_TEST:%=$(O)/sim-broken-%)
	$(Q)python3 tests/sim/run.py --build $(O) --seeds $(SEEDS) --first $(FIRST) --broken $(call sim_broken,$(BROKEN_TEST))

# build/fuzz is clang's, with AddressSanitizer and UBSan: made by `make MODE=fuzz sim-programs`.
sim-programs: $(O)/sim
sim-check: $(O)/sim $(BROKEN_ALL:%=$(O)/sim-broken-%)
	$(Q)python3 tests/sim/run.py --build $(O) --seeds $(CHECK_SEEDS) --broken $(call sim_broken,$(BROKEN_ALL)) --same build/fuzz/sim
