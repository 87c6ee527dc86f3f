/* Seeds of the roster: every type of entry that counts, and twins that are void. */
#include "tests/fuzz/seeds.h"

#include "tests/fuzz/roster_base.h"

#define NO_GENESIS 1
#define TRUSTED 2

/* Entries of one seed, each applied to a roster of ours so that the next can name it. */
struct script {
	struct writer out;
	struct roster *roster;
	struct hash last;
};

static void begin(struct script *s, uint8_t how)
{
	*s = (struct script){.roster = how & NO_GENESIS ? roster_new() : roster_base()};
	fuzz_check(s->roster != NULL);
	writer_u8(&s->out, how);
}

static void end(struct script *s, const char *name)
{
	seed("roster", name, writer_view(&s->out));
	roster_free(s->roster);
	writer_release(&s->out);
}

static void add_payload(struct script *s, struct bytes payload)
{
	struct header header = {.kind = 3, .time = {1000}};
	struct why why = {0};

	seal_sha256(&s->last, payload);
	roster_apply(s->roster, &header, &s->last, payload, true, &why);
	writer_u16(&s->out, (uint16_t)payload.size);
	writer_bytes(&s->out, payload);
}

static void add(struct script *s, struct writer *entry, unsigned signers)
{
	struct writer payload = {0};
	bool is_first = roster_size(s->roster) == 0;

	fuzz_check(!entry->err);
	base_payload(&payload, writer_view(entry),
	    is_first ? &(struct hash){{0}} : roster_network(s->roster),
	    is_first ? 0 : roster_set_version(s->roster), signers);
	add_payload(s, writer_view(&payload));
	writer_release(&payload);
	writer_clear(entry);
}

static const struct hash *entry_of(const struct script *s, const char *code)
{
	const struct member *m = roster_member(s->roster, code);

	fuzz_check(m != NULL);
	return &m->entry_leaf;
}

static void seed_life(uint8_t how, const char *name)
{
	const struct base_keys *k = base_keys();
	struct log_listing logs[2] = {
	    {k->keys[30], LOG_STAYS_OPEN, 0, {{0}}}, {k->keys[31], LOG_IS_CUT, 5, {{6}}}};
	struct writer w = {0};
	struct script s;

	begin(&s, how);
	roster_entry_amend(&w, "m0", MEMBER_PROVINCE, base_names(), "05.591", entry_of(&s, "m0"));
	add(&s, &w, 2);
	roster_entry_rotate(&w, "m0", &k->keys[25], logs, 2, entry_of(&s, "m0"));
	add(&s, &w, 2);
	roster_entry_remove(&w, "m1", "merged", logs, 2, entry_of(&s, "m1"));
	add(&s, &w, 2);
	roster_entry_admit(
	    &w, "m1", MEMBER_COMMUNE, &k->keys[26], base_names(), "", entry_of(&s, "m1"));
	add(&s, &w, 2);
	roster_entry_remove(&w, "m0", "breach", logs, 0, entry_of(&s, "m0"));
	add(&s, &w, 2);
	/* Void: no quorum, a retired key, a code twice, an entry that was replaced. */
	roster_entry_admit(&w, "m9", MEMBER_COMMUNE, &k->keys[27], base_names(), "", NULL);
	add(&s, &w, 1);
	roster_entry_admit(&w, "m9", MEMBER_COMMUNE, &k->keys[4], base_names(), "", NULL);
	add(&s, &w, 2);
	roster_entry_admit(&w, "m2", MEMBER_OBSERVER, &k->keys[28], base_names(), "", NULL);
	add(&s, &w, 2);
	roster_entry_amend(&w, "m2", MEMBER_KIND_COUNT, (struct bytes){0}, "x", &s.last);
	add(&s, &w, 2);
	roster_entry_amend(
	    &w, "m2", MEMBER_KIND_COUNT, (struct bytes){0}, NULL, entry_of(&s, "m2"));
	add(&s, &w, 2);
	end(&s, name);
	writer_release(&w);
}

static void seed_set(uint8_t how, const char *name)
{
	const struct base_keys *k = base_keys();
	struct coordinator add_one = {.code = "c3",
	    .kind = MEMBER_REGION,
	    .member_key = k->keys[8],
	    .cosigner_key = k->keys[18],
	    .names = base_names()};
	struct coordinator add_member = {.code = "m0",
	    .kind = MEMBER_COMMUNE,
	    .member_key = k->keys[4],
	    .cosigner_key = k->keys[19],
	    .names = base_names()};
	const char *const out[] = {"c2"}, *const nobody[] = {"zz"}, *const most[] = {"c0", "c1"};
	struct writer w = {0};
	struct script s;

	begin(&s, how);
	roster_entry_threshold(&w, 3);
	add(&s, &w, 3);
	roster_entry_threshold(&w, 2);
	add(&s, &w, 3);
	roster_entry_coordinator(
	    &w, &(struct coordinator_change){.add = &add_one, .add_count = 1, .threshold = 3});
	add(&s, &w, 3);
	roster_entry_coordinator(
	    &w, &(struct coordinator_change){.remove = out, .remove_count = 1, .threshold = 2});
	add(&s, &w, 3);
	roster_entry_coordinator(
	    &w, &(struct coordinator_change){.add = &add_member, .add_count = 1, .threshold = 3});
	add(&s, &w, 2);
	roster_entry_remove(&w, "c2", "request", NULL, 0, entry_of(&s, "c2"));
	add(&s, &w, 3);
	/* Void: thresholds that cannot be, people who are not there. */
	roster_entry_threshold(&w, 1);
	add(&s, &w, 3);
	roster_entry_threshold(&w, 33);
	add(&s, &w, 3);
	roster_entry_coordinator(
	    &w, &(struct coordinator_change){.remove = nobody, .remove_count = 1, .threshold = 2});
	add(&s, &w, 3);
	roster_entry_coordinator(
	    &w, &(struct coordinator_change){.add = &add_one, .add_count = 1, .threshold = 3});
	add(&s, &w, 3);
	roster_entry_coordinator(
	    &w, &(struct coordinator_change){.remove = most, .remove_count = 2, .threshold = 1});
	add(&s, &w, 1);
	roster_entry_remove(&w, "c0", "error", NULL, 0, entry_of(&s, "c0"));
	add(&s, &w, 3);
	end(&s, name);
	writer_release(&w);
}

static void seed_rulings(uint8_t how, const char *name)
{
	struct hash charter = {{3}};
	struct ruling ruling = {.log = {{1}}, .index = 7, .leaf = {{2}}};
	struct hash first;
	struct writer w = {0};
	struct script s;

	begin(&s, how);
	roster_entry_charter(&w, &charter, NULL);
	add(&s, &w, 2);
	first = s.last;
	charter.b[0] = 4;
	roster_entry_charter(&w, &charter, &first);
	add(&s, &w, 2);
	roster_entry_charter(&w, &charter, &first);
	add(&s, &w, 2);
	for (unsigned type = RULING_ERASE; type <= RULING_NAME_BRANCH; type++) {
		ruling.type = (enum ruling_type)type;
		ruling.ground = type == RULING_DISPUTE ? GROUND_COURT : GROUND_PRIVACY;
		roster_entry_ruling(&w, &ruling, NULL);
		add(&s, &w, 2);
		first = s.last;
		roster_entry_ruling(&w, &ruling, &first);
		add(&s, &w, 2);
		roster_entry_ruling(&w, &ruling, &first);
		add(&s, &w, 2);
	}
	end(&s, name);
	writer_release(&w);
}

static void seed_genesis(void)
{
	struct writer w = {0};
	struct script s;

	begin(&s, NO_GENESIS);
	base_genesis(&w);
	add(&s, &w, 2);
	roster_entry_admit(&w, "m0", MEMBER_COMMUNE, &base_keys()->keys[4], base_names(), "", NULL);
	add(&s, &w, 2);
	base_genesis(&w);
	add(&s, &w, 2);
	end(&s, "genesis");
	begin(&s, NO_GENESIS);
	base_genesis(&w);
	add(&s, &w, 1);
	end(&s, "genesis-without-quorum");
	begin(&s, NO_GENESIS);
	roster_entry_threshold(&w, 1);
	add(&s, &w, 1);
	end(&s, "no-genesis");
	writer_release(&w);
}

/* Entries as bytes with one field that is not as it should be, `"…"` being a str. */
static void put_field(struct writer *w, const char *name, unsigned form)
{
	uint8_t zeros[33] = {0};

	mp_put_cstr(w, name);
	if (form == 0)
		mp_put_nil(w);
	else if (form == 1)
		mp_put_bin(w, zeros, 33);
	else if (form == 2)
		mp_put_array(w, 0);
	else if (form == 3)
		mp_put_cstr(w, "");
	else if (form == 4)
		mp_put_map(w, 0);
	else
		mp_put_uint(w, 1000);
}

static void seed_fields(void)
{
	static const char *const fields[] = {"add", "charter", "code", "coordinators", "epoch",
	    "ground", "index", "keeper", "kind", "leaf", "log", "logs", "member_key", "names",
	    "nonce", "previous", "reason", "recovery", "remove", "replaces", "root", "size",
	    "territory", "territory_vintage", "threshold"};
	static const char *const types[] = {"genesis", "admit", "amend", "rotate", "remove",
	    "coordinator", "threshold", "charter", "erase", "dispute", "name-branch", "epoch",
	    "other"};
	struct writer w = {0};
	struct script s;
	char name[32];

	for (unsigned form = 0; form < 6; form++) {
		begin(&s, TRUSTED);
		for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
			mp_put_map(&w, 2);
			put_field(&w, fields[i], form);
			mp_put_cstr(&w, "type");
			mp_put_cstr(&w, types[i % (sizeof(types) / sizeof(types[0]))]);
			add(&s, &w, 0);
		}
		snprintf(name, sizeof(name), "fields-%u", form);
		end(&s, name);
	}
	begin(&s, TRUSTED);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		mp_put_map(&w, 1);
		mp_put_cstr(&w, "type");
		mp_put_cstr(&w, types[i]);
		add(&s, &w, 0);
	}
	end(&s, "types");
	writer_release(&w);
}

static void seed_payloads(void)
{
	static const struct bytes payloads[] = {
	    {(const uint8_t *)"\x80", 1},
	    {(const uint8_t *)"\xc0", 1},
	    {(const uint8_t *)"\xff\xc1", 2},
	    {(const uint8_t *)"\x82\xa9"
			      "approvals\x90\xa5"
			      "entry\x80",
		19},
	    {(const uint8_t *)"\x82\xa9"
			      "approvals\x91\x92\xc4\x01"
			      "a\xc4\x01"
			      "b\xa5"
			      "entry\x80",
		26},
	    {(const uint8_t *)"\x82\xa9"
			      "approvals\xc0\xa5"
			      "entry\x80",
		19},
	    {(const uint8_t *)"\x82\xa9"
			      "approvals\x90\xa5"
			      "entry\x90",
		19},
	};
	struct script s;

	begin(&s, 0);
	for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++)
		add_payload(&s, payloads[i]);
	end(&s, "payloads");
}

void seeds_roster(void)
{
	seed_genesis();
	seed_life(0, "life");
	seed_life(TRUSTED, "life-trusted");
	seed_set(0, "set");
	seed_set(TRUSTED, "set-trusted");
	seed_rulings(0, "rulings");
	seed_rulings(TRUSTED, "rulings-trusted");
	seed_fields();
	seed_payloads();
}
