/* What claims and scores are held against: figures that only all records together tell. */
#include "proto/decimal.h"
#include "tests/store/network.h"

static struct network net;
static struct author sefrou;
static struct writer out;

static int set_up(void **state)
{
	(void)state;
	assert_int_equal(seal_init(), ERR_NONE);
	network_make(&net);
	network_admit(&net, "sefrou", &net.commune.pk, "03.231.01.01");
	network_log(&net, &sefrou, "sefrou", &net.commune, 1);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	network_remove(&net);
	writer_release(&out);
	return 0;
}

/* A headcount; -1 leaves one out. */
static void put_heads(struct writer *payload, int64_t total, int64_t women)
{
	mp_put_map(payload, 1);
	mp_put_cstr(payload, "headcount");
	mp_put_map(payload, (total >= 0 ? 1u : 0) + (women >= 0 ? 1u : 0));
	if (total >= 0) {
		mp_put_cstr(payload, "total");
		mp_put_int(payload, total);
	}
	if (women >= 0) {
		mp_put_cstr(payload, "women");
		mp_put_int(payload, women);
	}
}

static void publish_workshops(unsigned count, int64_t total, int64_t women)
{
	struct writer change = {0}, payload = {0};

	put_heads(&payload, total, women);
	for (unsigned i = 0; i < count; i++)
		author_append(&change, &sefrou.log, KIND_WORKSHOP, writer_view(&payload));
	author_head(&net, &change, &sefrou.log, &sefrou.key.sk);
	sample_apply(net.store, &change, NULL);
	writer_release(&change);
	writer_release(&payload);
}

static void publish_claim(const char *measure, const char *value)
{
	struct writer payload = {0};

	mp_put_map(&payload, 2);
	mp_put_cstr(&payload, "measure");
	mp_put_cstr(&payload, measure);
	mp_put_cstr(&payload, "value");
	mp_put_cstr(&payload, value);
	network_publish(&net, &sefrou, KIND_CLAIM, writer_view(&payload));
	writer_release(&payload);
}

static void publish_evaluation(const char *year, const char *score)
{
	struct writer payload = {0};

	mp_put_map(&payload, 4);
	mp_put_cstr(&payload, "grid");
	mp_put_cstr(&payload, "g");
	mp_put_cstr(&payload, "member");
	mp_put_cstr(&payload, "sefrou");
	mp_put_cstr(&payload, "score");
	mp_put_cstr(&payload, score);
	mp_put_cstr(&payload, "year");
	mp_put_cstr(&payload, year);
	network_publish(&net, &sefrou, KIND_EVALUATION, writer_view(&payload));
	writer_release(&payload);
}

/* Of the rows of a kind, two fields each: "a b\n", "-" for nothing. */
static const char *rows(const char *kind, const char *first, const char *second)
{
	static char lines[2000];
	const char *const names[] = {first, second};
	struct writer params = {0};
	struct reader r;
	size_t at = 0;

	network_index(&net);
	mp_put_map(&params, 1);
	mp_put_cstr(&params, "kind");
	mp_put_cstr(&params, kind);
	reader_init(&r, mp_get(network_query(&net, "audit", &params, &out), "rows"));
	lines[0] = '\0';
	for (uint32_t left = mp_array(&r); left > 0 && !r.err; left--) {
		struct bytes row = mp_raw(&r);

		for (int i = 0; i < 2; i++) {
			struct reader v;
			struct bytes word;

			reader_init(&v, mp_get(row, names[i]));
			word = mp_peek(&v) == MP_STR ? mp_str(&v) : BYTES_STR("-");
			at += (size_t)snprintf(lines + at, sizeof(lines) - at, "%.*s%s",
			    (int)word.size, (const char *)word.data, i ? "\n" : " ");
		}
	}
	writer_release(&params);
	return lines;
}

static void a_share_is_of_workshops_that_say_both(void **state)
{
	(void)state;
	publish_workshops(1, 100, 40);
	publish_workshops(1, 900, -1);
	publish_workshops(1, -1, 60);
	publish_workshops(1, 10, 11);
	publish_claim("share_women", "40");
	publish_claim("participants", "1010");
	publish_claim("workshops", "4");
	assert_string_equal(rows("claim", "claimed", "computed"), "40 40\n1010 1010\n4 4\n");
}

/* A figure in millionths has 53 bits; a member that counts more people than there are breaks nothing. */
static void a_figure_that_no_claim_can_say_is_none(void **state)
{
	(void)state;
	publish_workshops(2, UINT32_MAX, 1);
	publish_workshops(1, 9007199254 - 2 * (int64_t)UINT32_MAX, -1);
	publish_claim("participants", "9007199254");
	assert_string_equal(rows("claim", "claimed", "computed"), "9007199254 9007199254\n");
	publish_workshops(1, 1, -1);
	assert_string_equal(rows("claim", "claimed", "computed"), "9007199254 -\n");
	publish_workshops(2200, UINT32_MAX, 1);
	assert_string_equal(rows("claim", "claimed", "computed"), "9007199254 -\n");
}

/* Whatever order nodes got them in. */
static void of_two_scores_of_a_year_the_higher_one_is_before(void **state)
{
	(void)state;
	publish_evaluation("2019", "60");
	publish_evaluation("2019", "40");
	publish_evaluation("2020", "50");
	assert_string_equal(rows("evaluation", "score", "score_before"), "60 -\n40 -\n50 60\n");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(a_share_is_of_workshops_that_say_both),
	    TEST(a_figure_that_no_claim_can_say_is_none),
	    TEST(of_two_scores_of_a_year_the_higher_one_is_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
