/* Names of records are asked for once, all together, and what is not found is said. */
#include "tests/cli/stage.h"

#include "cli/links.h"

/* Knows refs that begin with an a; b is ambiguous, d no name. */
static bool play_resolve(const struct rpc_request *request, struct writer *out)
{
	static const uint8_t hash[HASH_SIZE] = {7};
	struct writer w = {0};
	struct reader r;
	uint32_t count;

	reader_init(&r, mp_get(request->params, "refs"));
	count = mp_array(&r);
	mp_put_map(&w, 1);
	mp_put_cstr(&w, "rows");
	mp_put_array(&w, count);
	for (uint32_t i = 0; i < count; i++) {
		struct bytes ref = mp_str(&r);

		if (ref.data[0] == 'a') {
			mp_put_map(&w, 5);
			mp_put_cstr(&w, "index");
			mp_put_uint(&w, ref.size);
			mp_put_cstr(&w, "kind");
			mp_put_uint(&w, KIND_COMMITMENT);
			mp_put_cstr(&w, "leaf");
			mp_put_bin(&w, hash, HASH_SIZE);
			mp_put_cstr(&w, "log");
			mp_put_bin(&w, hash, HASH_SIZE);
			mp_put_cstr(&w, "member");
			mp_put_cstr(&w, "larache");
			continue;
		}
		mp_put_map(&w, 3);
		bool is_ambiguous = ref.data[0] == 'b';
		mp_put_cstr(&w, "candidates");
		mp_put_array(&w, is_ambiguous ? 2 : 0);
		for (int n = 1; is_ambiguous && n <= 2; n++) {
			mp_put_map(&w, 2);
			mp_put_cstr(&w, "id");
			mp_put_bin(&w, hash, HASH_SIZE);
			mp_put_cstr(&w, "ref");
			mp_put_cstr(&w, n == 1 ? "x/1" : "y.2/3");
		}
		mp_put_cstr(&w, "error");
		mp_put_cstr(&w, is_ambiguous	     ? "ambiguous"
				: ref.data[0] == 'd' ? "usage"
						     : "unknown");
		mp_put_cstr(&w, "ref");
		mp_put_str(&w, ref);
	}
	rpc_reply_encode(out, request->id, writer_view(&w));
	writer_release(&w);
	return true;
}

static void links_are_asked_for_once(void **state)
{
	struct links links = {.member = "larache"};
	struct record_ref ref;
	struct stage s;
	char text[16];

	(void)state;
	stage_open(&s, play_resolve);
	for (int i = 0; i < 1200; i++) {
		snprintf(text, sizeof(text), "a/%d", i);
		assert_false(links_find(&links, bytes_str(text), &ref));
		assert_false(links_find(&links, bytes_str(text), &ref));
	}
	assert_int_equal(links.count, 1200);
	assert_false(links_find(&links, BYTES_STR("b"), &ref));
	assert_false(links_find(&links, BYTES_STR("c"), &ref));
	assert_false(links_find(&links, BYTES_STR("d"), &ref));
	assert_true(links_are_pending(&links));
	assert_null(links_error(&links, BYTES_STR("b")));
	assert_int_equal(links_fetch(&links, &s.client), EXIT_DONE);
	assert_false(links_are_pending(&links));
	assert_true(links_find(&links, BYTES_STR("a/1199"), &ref));
	assert_int_equal(ref.index, 6);
	assert_int_equal(ref.leaf.b[0], 7);
	assert_false(links_find(&links, BYTES_STR("b"), &ref));
	assert_string_equal(links_error(&links, BYTES_STR("b")),
	    "more than one record fits: x/1 (0700000000000000), y.2/3 (0700000000000000)");
	assert_string_equal(links_error(&links, BYTES_STR("c")), "there is no such record here");
	assert_non_null(strstr(links_error(&links, BYTES_STR("d")), "is no name of a record"));
	links_release(&links);
	stage_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(links_are_asked_for_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
