/* Postings are read as they were written, in whichever form; and laid over each other they say what each of them says. */
#include "tests/unit.h"

#include "store/postings.h"
#include "store/search_places.h"

static uint64_t drawn = 88172645463325252u;

static unsigned draw(unsigned below)
{
	drawn ^= drawn << 13;
	drawn ^= drawn >> 7;
	drawn ^= drawn << 17;
	return (unsigned)(drawn >> 33) % below;
}

/* Every place with one chance in `rarity`, mostly once. */
static size_t make(struct posting *out, unsigned rarity, unsigned times_max)
{
	size_t count = 0;

	for (uint32_t i = 0; i < VIEW_SPAN_SIZE; i++)
		if (draw(rarity) == 0)
			out[count++] = (struct posting){
			    (uint16_t)i, (uint8_t)(draw(3) ? 1 : 1 + draw(times_max))};
	return count;
}

static struct posting all[VIEW_SPAN_SIZE];

/* Written in pieces of at most room bytes and read back; how many were bits. */
static unsigned round_trip(size_t count, size_t room, struct places *places)
{
	struct writer w = {0};
	unsigned pieces_of_bits = 0;

	for (size_t at = 0; at < count;) {
		bool is_bits;
		size_t done = postings_encode(&w, all + at, count - at, room, &is_bits);
		struct postings p;
		uint8_t times;

		assert_true(done > 0 && w.size <= room);
		postings_open(&p, writer_view(&w), (uint32_t)done, is_bits);
		places_add(places, &p);
		for (size_t i = at; i < at + done; i++) {
			assert_true(postings_next(&p, &times));
			assert_int_equal(p.position, all[i].position);
			assert_int_equal(times, all[i].times);
		}
		assert_false(postings_next(&p, &times));
		assert_ptr_equal(p.at, p.end);
		assert_int_equal(p.left, 0);
		pieces_of_bits += is_bits;
		at += done;
	}
	writer_release(&w);
	return pieces_of_bits;
}

static void what_is_written_is_read(void **state)
{
	static struct places places;
	static const unsigned rarities[] = {1, 2, 3, 7, 20, 300, 30000};
	static const size_t rooms[] = {12, 60, 700, 4000};

	(void)state;
	for (size_t i = 0; i < sizeof(rarities) / sizeof(rarities[0]); i++) {
		for (size_t j = 0; j < 4; j++) {
			size_t count = make(all, rarities[i], j % 2 ? 1 : VIEW_TIMES_MAX);
			unsigned bits;

			places_clear(&places);
			bits = round_trip(count, rooms[j], &places);
			if (rarities[i] <= 3 && rooms[j] >= 60)
				assert_true(bits > 0);
			if (rarities[i] >= 300)
				assert_int_equal(bits, 0);
		}
	}
}

static void the_higher_number_stays(void **state)
{
	static struct places places;
	static uint8_t oftenest[VIEW_SPAN_SIZE];
	static const unsigned rarities[] = {40, 2, 5, 1, 3, 1000};

	(void)state;
	memset(oftenest, 0, sizeof(oftenest));
	places_clear(&places);
	for (size_t i = 0; i < sizeof(rarities) / sizeof(rarities[0]); i++) {
		size_t count = make(all, rarities[i], VIEW_TIMES_MAX);

		round_trip(count, 4000, &places);
		for (size_t j = 0; j < count; j++)
			if (oftenest[all[j].position] < all[j].times)
				oftenest[all[j].position] = all[j].times;
		for (uint32_t at = 0; at < VIEW_SPAN_SIZE; at++) {
			assert_int_equal(places_times(&places, at), oftenest[at]);
			for (unsigned level = 0; level < POSTINGS_PLANES_MAX; level++)
				assert_int_equal(
				    places_above(&places, level, at / 64) >> (at % 64) & 1,
				    oftenest[at] > 1u << level);
		}
	}
}

static void holds(struct bytes bytes, uint32_t count, unsigned expected)
{
	struct postings p;
	unsigned found = 0;
	uint8_t times;

	postings_open(&p, bytes, count, true);
	while (postings_next(&p, &times)) {
		assert_true(p.position < VIEW_SPAN_SIZE && times > 0 && times <= VIEW_TIMES_MAX);
		found++;
	}
	assert_int_equal(found, expected);
}

static void bits_that_do_not_follow_the_format_hold_nothing(void **state)
{
	struct writer w = {0};
	uint8_t *b;
	bool is_bits;

	(void)state;
	for (size_t i = 0; i < 64; i++)
		all[i] = (struct posting){(uint16_t)(65400 + i), (uint8_t)(1 + i % 2)};
	assert_int_equal(postings_encode(&w, all, 64, 4000, &is_bits), 64);
	assert_true(is_bits);
	b = w.data;
	assert_int_equal(w.size, POSTINGS_BITS_HEAD + 8 * 2 * 2);
	holds(writer_view(&w), 64, 64);
	holds(writer_view(&w), 100, 64);
	holds(writer_view(&w), 3, 3);
	holds(bytes_of(b, w.size - 1), 64, 0);
	holds(bytes_of(b, 2), 64, 0);
	holds((struct bytes){0}, 64, 0);
	b[0] = 5; /* planes */
	holds(writer_view(&w), 64, 0);
	b[0] = 1;
	b[2] += 2; /* the last word would lie behind the span */
	holds(writer_view(&w), 64, 0);
	b[2] -= 2;
	holds(writer_view(&w), 64, 64);
	writer_release(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_written_is_read),
	    cmocka_unit_test(the_higher_number_stays),
	    cmocka_unit_test(bits_that_do_not_follow_the_format_hold_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
