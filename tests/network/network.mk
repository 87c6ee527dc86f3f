# The network in virtual time: `make sim-network` plays every situation at 126 nodes and at 1,503 and prints the table that
# ARCHITECTURE.md quotes. tests/network/network.c says what else it can be asked for.

NETWORK_OBJ := $(call objects,tests/network) $(patsubst %,$(O)/obj/tests/sim/%.o,chance clock imitate memo mix)

NETWORK_WRAP := seal_sign seal_verify seal_is_valid_point seal_dh seal_dh_keypair seal_hmac_sha256 seal_encrypt seal_decrypt \
                batch_packer_new batch_unpacker_new ZSTD_compress ZSTD_decompress session_send

$(O)/network: $(NETWORK_OBJ) $(O)/libproto.a
	@echo "  LINK   $@"
	$(Q)$(CC) $(LDFLAGS) $(NETWORK_WRAP:%=-Wl,--wrap=%) -o $@ $^ $(LIBS_proto)

# The whole at 126 nodes; at 1,503 a part of a day and no founding, which is a record of everybody at everybody. Large pages
# because 4 GB of small objects are walked through at random. A fiftieth takes minutes of processor time, the whole about an hour.
NETWORK_LARGE := publish day partition offline newcomer outbound
NETWORK_PART  ?= 50
NETWORK_ENV   := GLIBC_TUNABLES=glibc.malloc.hugetlb=1

.PHONY: sim-network network-check
sim-network: $(O)/network
	$(Q)$(O)/network --nodes 126
	$(Q)$(NETWORK_ENV) $(O)/network --nodes 1503 --part $(NETWORK_PART) --only '$(NETWORK_LARGE)'

# Part of `make check`: 126 nodes, and what must not be exceeded.
network-check: $(O)/network
	$(Q)$(O)/network --check
