/* Entries as bytes: what is well formed, and that no bent byte of an approved entry counts. */
#include "tests/proto/roster_world.h"

#include "proto/roster_entry.h"

static enum err decode(struct bytes map, struct why *why)
{
	struct entry entry;

	*why = (struct why){0};
	return entry_decode(&entry, map, why);
}

static void text(struct writer *w, const char *key, const char *value)
{
	mp_put_cstr(w, key);
	mp_put_cstr(w, value);
}

static void number(struct writer *w, const char *key, int64_t value)
{
	mp_put_cstr(w, key);
	mp_put_int(w, value);
}

static void binary(struct writer *w, const char *key, size_t size)
{
	static const uint8_t zeros[64];

	mp_put_cstr(w, key);
	mp_put_bin(w, zeros, size);
}

static void an_entry_lacks_nothing_of_its_type(void **state)
{
	struct writer w = {0};
	struct why why;

	(void)state;
	mp_put_map(&w, 1);
	text(&w, "type", "threshold");
	assert_err(ERR_FORMAT, decode(writer_view(&w), &why));
	assert_string_equal(why.text, "the entry 'threshold' lacks threshold");
	writer_clear(&w);
	mp_put_map(&w, 2);
	number(&w, "threshold", 1);
	text(&w, "type", "threshold");
	assert_ok(decode(writer_view(&w), &why));
	writer_clear(&w);
	mp_put_map(&w, 2);
	number(&w, "threshold", 33);
	text(&w, "type", "threshold");
	assert_err(ERR_LIMIT, decode(writer_view(&w), &why));
	assert_string_equal(
	    why.text, "threshold of the entry 'threshold': a stated limit is exceeded");
	writer_clear(&w);
	mp_put_map(&w, 1);
	text(&w, "type", "coup");
	assert_err(ERR_FORMAT, decode(writer_view(&w), &why));
	assert_string_equal(why.text, "the type of the entry is not known");
	assert_err(ERR_FORMAT, decode(HEX("80"), &why));
	assert_string_equal(why.text, "the entry has no type");
	assert_err(ERR_FORMAT, decode(HEX("81 a4 74797065 01"), &why));
	writer_release(&w);
}

static void keys_of_later_versions_are_ignored(void **state)
{
	struct writer w = {0};
	struct why why;

	(void)state;
	mp_put_map(&w, 4);
	binary(&w, "charter", 7); /* would be wrong where it belongs */
	text(&w, "mood", "good");
	number(&w, "threshold", 1);
	text(&w, "type", "threshold");
	assert_ok(decode(writer_view(&w), &why));
	writer_release(&w);
}

/* An erase entry with one value bent at a time. */
static enum err erase_with(const char *ground, int64_t index, size_t leaf_size, size_t log_size)
{
	struct writer w = {0};
	struct why why;
	enum err err;

	mp_put_map(&w, 5);
	text(&w, "ground", ground);
	number(&w, "index", index);
	binary(&w, "leaf", leaf_size);
	binary(&w, "log", log_size);
	text(&w, "type", "erase");
	err = decode(writer_view(&w), &why);
	writer_release(&w);
	return err;
}

static void values_keep_their_types_and_sizes(void **state)
{
	(void)state;
	assert_ok(erase_with("court", 0, 32, 32));
	assert_err(ERR_FORMAT, erase_with("whim", 0, 32, 32));
	assert_err(ERR_TYPE, erase_with("court", -1, 32, 32));
	assert_err(ERR_FORMAT, erase_with("court", 0, 31, 32));
	assert_err(ERR_FORMAT, erase_with("court", 0, 32, 33));
}

static enum err admit_with(
    const char *code, const char *kind, struct bytes names, const char *territory)
{
	struct writer w = {0};
	struct why why;
	enum err err;

	mp_put_map(&w, 6);
	text(&w, "code", code);
	text(&w, "kind", kind);
	binary(&w, "member_key", 32);
	mp_put_cstr(&w, "names");
	writer_bytes(&w, names);
	text(&w, "territory", territory);
	text(&w, "type", "admit");
	err = decode(writer_view(&w), &why);
	writer_release(&w);
	return err;
}

static void members_are_named_in_the_four_languages(void **state)
{
	struct bytes fr = BYTES_STR("\x81\xa2"
				    "fr\xa1x");
	struct writer w = {0};
	char name[ROSTER_NAME_MAX + 1];

	(void)state;
	assert_ok(admit_with("fes", "commune", fr, "05"));
	assert_ok(admit_with("fes", "commune",
	    BYTES_STR("\x82\xa2"
		      "ar\xa1x\xa3"
		      "zgh\xa1y"),
	    "05"));
	assert_err(ERR_FORMAT, admit_with("Fes", "commune", fr, "05"));
	assert_err(ERR_FORMAT, admit_with("fes", "city", fr, "05"));
	assert_err(ERR_FORMAT, admit_with("fes", "commune", BYTES_STR("\x80"), "05"));
	assert_err(ERR_FORMAT, admit_with("fes", "commune",
				   BYTES_STR("\x81\xa2"
					     "de\xa1x"),
				   "05"));
	assert_err(ERR_FORMAT, admit_with("fes", "commune",
				   BYTES_STR("\x81\xa2"
					     "fr\xa0"),
				   "05"));
	assert_err(ERR_TYPE, admit_with("fes", "commune",
				 BYTES_STR("\x81\xa2"
					   "fr\x01"),
				 "05"));
	assert_err(ERR_TYPE, admit_with("fes", "commune", BYTES_STR("\xa1x"), "05"));
	assert_err(ERR_FORMAT, admit_with("fes", "commune", fr, ""));
	assert_err(ERR_FORMAT, admit_with("fes", "commune", fr, "0 5"));
	assert_err(
	    ERR_FORMAT, admit_with("fes", "commune", fr, "123456789012345678901234567890123"));
	memset(name, 'n', sizeof(name));
	for (unsigned size = ROSTER_NAME_MAX; size <= ROSTER_NAME_MAX + 1; size++) {
		writer_clear(&w);
		mp_put_map(&w, 1);
		mp_put_cstr(&w, "fr");
		mp_put_str(&w, bytes_of(name, size));
		assert_err(size <= ROSTER_NAME_MAX ? ERR_NONE : ERR_FORMAT,
		    admit_with("fes", "commune", writer_view(&w), "05"));
	}
	writer_release(&w);
}

static enum err listing_with(struct bytes logs)
{
	struct writer w = {0};
	struct why why;
	enum err err;

	mp_put_map(&w, 5);
	text(&w, "code", "fes");
	mp_put_cstr(&w, "logs");
	writer_bytes(&w, logs);
	text(&w, "reason", "error");
	binary(&w, "replaces", 32);
	text(&w, "type", "remove");
	err = decode(writer_view(&w), &why);
	writer_release(&w);
	return err;
}

#define ZERO_KEY "c420 0000000000000000000000000000000000000000000000000000000000000000"

static void a_listing_is_open_or_cut(void **state)
{
	(void)state;
	assert_ok(listing_with(HEX("90")));
	assert_ok(listing_with(HEX("91 92" ZERO_KEY "a4 6f70656e")));
	assert_ok(listing_with(HEX("91 94" ZERO_KEY "a3 637574 05" ZERO_KEY)));
	assert_err(ERR_FORMAT, listing_with(HEX("91 93" ZERO_KEY "a4 6f70656e 05")));
	assert_err(ERR_FORMAT, listing_with(HEX("91 92" ZERO_KEY "a3 637574")));
	assert_err(ERR_FORMAT, listing_with(HEX("91 92" ZERO_KEY "a4 6f70656f")));
	assert_err(ERR_FORMAT, listing_with(HEX("91 92 c40100 a4 6f70656e")));
	assert_err(ERR_TYPE, listing_with(HEX("91 01")));
	assert_err(ERR_TYPE, listing_with(HEX("80")));
}

static void a_payload_is_approvals_and_an_entry(void **state)
{
	struct bytes approvals, entry;

	(void)state;
	assert_ok(entry_payload_decode(BYTES_STR("\x82\xa9"
						 "approvals\x90\xa5"
						 "entry\x80"),
	    &approvals, &entry));
	assert_text("\x90", approvals);
	assert_text("\x80", entry);
	assert_err(ERR_FORMAT, entry_payload_decode(BYTES_STR("\x81\xa9"
							      "approvals\x90"),
				   &approvals, &entry));
	assert_err(ERR_FORMAT, entry_payload_decode(BYTES_STR("\x82\xa9"
							      "approvals\x80\xa5"
							      "entry\x80"),
				   &approvals, &entry));
	assert_err(ERR_FORMAT, entry_payload_decode(BYTES_STR("\x82\xa9"
							      "approvals\x90\xa5"
							      "entry\x90"),
				   &approvals, &entry));
	assert_err(ERR_ENCODING, entry_payload_decode(BYTES_STR("\x82\xa5"
								"entry\x80\xa9"
								"approvals\x90"),
				     &approvals, &entry));
	assert_err(ERR_SHORT, entry_payload_decode((struct bytes){0}, &approvals, &entry));
}

/* Every byte of an approved payload, bent: the entry is void, the roster goes on. */
static void assert_every_bent_byte_is_void(struct world *w)
{
	for (size_t i = 0; i < w->payload.size; i++) {
		uint8_t bit = (uint8_t)(1u << (i % 8));

		w->payload.data[i] ^= bit;
		assert_err(ERR_REFUSED, world_apply_payload(w));
		assert_true(w->why.text[0] != '\0');
		w->payload.data[i] ^= bit;
	}
	assert_ok(world_apply_payload(w));
}

static void no_bent_entry_counts(void **state)
{
	struct world w;
	struct log_listing log = {.end = LOG_IS_CUT, .size = 3};
	struct approval approval;
	struct hash replaces;

	(void)state;
	world_start(&w, 1, 1);
	world_admit_entry(&w, "sefrou", 30, NULL);
	world_apply_under(&w, 0, SIGNERS(0)); /* void: an approval of another version */
	world_admit_entry(&w, "fes", 31, NULL);
	assert_ok(world_apply(&w, 0));
	replaces = w.last;
	log.key = w.keys[50];
	roster_entry_rotate(world_entry(&w), "fes", &w.keys[32], &log, 1, &replaces);
	approval_sign(&approval, roster_network(w.roster), 1, writer_view(&w.entry), &w.secrets[0]);
	writer_clear(&w.payload);
	roster_payload_encode(&w.payload, writer_view(&w.entry), &approval, 1);
	assert_every_bent_byte_is_void(&w);
	assert_int_equal(roster_member_count(w.roster), 2);
	world_release(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_entry_lacks_nothing_of_its_type),
	    cmocka_unit_test(keys_of_later_versions_are_ignored),
	    cmocka_unit_test(values_keep_their_types_and_sizes),
	    cmocka_unit_test(members_are_named_in_the_four_languages),
	    cmocka_unit_test(a_listing_is_open_or_cut),
	    cmocka_unit_test(a_payload_is_approvals_and_an_entry),
	    cmocka_unit_test(no_bent_entry_counts),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
