/* Roster entries, as they come from a keeper that may be anybody's.
 *
 * Input: u8, bit 0: begin with no genesis instead of ours, bit 1: signatures count as verified;
 * then entries, u16 size and payload each. The leaf hash of an entry is the SHA-256 of its payload.
 *
 * covers: proto/roster.c proto/roster_entry.c proto/roster_rules.c proto/roster_set.c
 * covers: proto/roster_state.c proto/roster_value.c */
#include "tests/fuzz/fuzz.h"

#include "tests/fuzz/roster_base.h"

/* What must hold of any roster, and that asking it does no harm. */
static void ask(const struct roster *r)
{
	unsigned coordinators = 0;
	struct why why = {0};
	struct log_cut cut;
	struct log_open open = {.network = *roster_network(r), .number = 1};

	for (size_t i = 0; i < roster_member_count(r); i++) {
		const struct member *m = roster_member_at(r, i);

		coordinators += m->is_coordinator;
		fuzz_check(code_is_valid(bytes_str(m->code)));
		fuzz_check(roster_member(r, m->code) == m);
		fuzz_check(!m->is_coordinator || m->is_admitted);
		fuzz_check((roster_member_by_key(r, &m->key) == m) == m->is_admitted);
		memcpy(open.member, m->code, sizeof(open.member));
		open.member_key = m->key;
		open.key = (struct key){{(uint8_t)i, 1}};
		fuzz_check(!m->is_admitted || !roster_admits(r, &open, &cut, &why));
	}
	fuzz_check(roster_member_at(r, roster_member_count(r)) == NULL);
	fuzz_check(coordinators == roster_coordinator_count(r));
	if (roster_member_count(r))
		fuzz_check(
		    roster_threshold(r) <= coordinators && 2 * roster_threshold(r) > coordinators);
	for (size_t i = 0; i < roster_ruling_count(r); i++) {
		const struct ruling *ruling = roster_ruling_at(r, i);

		if (ruling->type == RULING_ERASE)
			fuzz_check(roster_erasure(r, &ruling->log, ruling->index) != NULL);
	}
	roster_names(r);
	roster_zone(r);
	roster_charter(r);
}

static bool apply(struct roster *r, struct bytes payload, bool trusted)
{
	struct header header = {.kind = 3, .time = {1000 + (int64_t)roster_size(r)}};
	uint64_t size = roster_size(r);
	struct why why = {0};
	struct hash leaf;
	enum err would, err;

	seal_sha256(&leaf, payload);
	would = roster_check(r, payload, &why);
	fuzz_check(roster_size(r) == size);
	why = (struct why){0};
	err = roster_apply(r, &header, &leaf, payload, trusted, &why);
	fuzz_check(trusted || size == 0 || (would == ERR_NONE) == (err == ERR_NONE));
	fuzz_check(err == ERR_NONE || why.text[0]);
	fuzz_check(size == 0 || err == ERR_NONE || err == ERR_REFUSED);
	fuzz_check(roster_size(r) == size + (size > 0 || err == ERR_NONE));
	return roster_size(r) > size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct roster *roster;
	struct reader r;
	uint8_t how;

	reader_init(&r, bytes_of(data, size));
	how = reader_u8(&r);
	roster = how & 1 ? roster_new() : roster_base();
	fuzz_check(roster != NULL);
	for (bool goes_on = true; goes_on && reader_left(&r) > 2;) {
		size_t part = reader_u16(&r), left = reader_left(&r);

		goes_on = apply(roster, reader_take(&r, part < left ? part : left), how & 2);
		ask(roster);
	}
	roster_free(roster);
	return 0;
}
