/* Every message of PROTOCOL.md section 8: what is written is read, and each of its parts, bent, is
 * refused for what is wrong with it. */
#include "tests/proto/msg_samples.h"

/* As a whole: cut short, followed by something, no array at all. */
static void bend_whole(const struct sample *m, struct bytes body)
{
	struct writer longer = {0};

	expect(m->name, ERR_NONE, m->read(body), "as written", 0);
	for (size_t size = 0; size < body.size; size += 1 + body.size / 40)
		expect(m->name, ERR_SHORT, m->read(bytes_of(body.data, size)), "cut to",
		    (uint32_t)size);
	writer_bytes(&longer, body);
	writer_u8(&longer, 0xc0);
	expect(m->name, ERR_TRAILING, m->read(writer_view(&longer)), "with a tail", 0);
	expect(m->name, ERR_TYPE, m->read(HEX("80")), "a map", 0);
	expect(m->name, ERR_TYPE, m->read(HEX("05")), "an integer", 0);
	expect(m->name, ERR_ENCODING, m->read(HEX("dc0000")), "a long form", 0);
	writer_release(&longer);
}

static void what_is_written_is_read(void **state)
{
	struct writer w = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(messages); i++) {
		writer_clear(&w);
		messages[i].put(&w);
		assert_ok(w.err);
		bend_whole(&messages[i], writer_view(&w));
	}
	for (size_t i = 0; i < COUNT(lists); i++) {
		writer_clear(&w);
		lists[i].put(&w);
		bend_whole(&lists[i], writer_view(&w));
	}
	writer_release(&w);
}

static void an_array_may_grow_but_not_shrink(void **state)
{
	struct writer w = {0}, bent = {0};
	struct elements e;

	(void)state;
	for (size_t i = 0; i < COUNT(messages); i++) {
		const struct sample *m = &messages[i];
		writer_clear(&w);
		m->put(&w);
		take_apart(&e, writer_view(&w));
		e.count--;
		put_together(&bent, &e);
		expect(
		    m->name, ERR_FORMAT, m->read(writer_view(&bent)), "without element", e.count);
		e.count++;
		e.at[e.count++] = HEX("c400");
		e.at[e.count++] = HEX("93 01 02 03");
		put_together(&bent, &e);
		expect(m->name, ERR_NONE, m->read(writer_view(&bent)), "with two more than",
		    e.count - 2);
	}
	writer_release(&w);
	writer_release(&bent);
}

static void each_element_has_its_type(void **state)
{
	struct writer w = {0}, bent = {0};
	struct elements e;

	(void)state;
	for (size_t i = 0; i < COUNT(messages); i++) {
		const struct sample *m = &messages[i];
		writer_clear(&w);
		m->put(&w);
		take_apart(&e, writer_view(&w));
		for (uint32_t j = 0; j < e.count; j++) {
			struct bytes honest = e.at[j];
			bool is_bool = honest.data[0] == 0xc2 || honest.data[0] == 0xc3;
			e.at[j] = is_bool ? HEX("01") : HEX("c3");
			put_together(&bent, &e);
			expect(
			    m->name, ERR_TYPE, m->read(writer_view(&bent)), "another type of", j);
			e.at[j] = honest;
		}
	}
	writer_release(&w);
	writer_release(&bent);
}

/* Every item of a list is an array of a fixed number of elements of fixed types. */
static void each_item_of_a_list_is_judged(void **state)
{
	struct writer w = {0}, item = {0}, bent = {0};
	struct elements list, e;

	(void)state;
	for (size_t i = 0; i < COUNT(lists); i++) {
		const struct sample *m = &lists[i];
		writer_clear(&w);
		m->put(&w);
		take_apart(&list, writer_view(&w));
		struct bytes last = list.at[list.count - 1];
		take_apart(&e, last);
		for (uint32_t j = 0; j < e.count; j++) {
			struct bytes honest = e.at[j];
			e.at[j] = HEX("c3");
			put_together(&item, &e);
			list.at[list.count - 1] = writer_view(&item);
			put_together(&bent, &list);
			expect(
			    m->name, ERR_TYPE, m->read(writer_view(&bent)), "another type of", j);
			e.at[j] = honest;
		}
		for (int more = -1; more <= 1; more += 2) {
			take_apart(&e, last);
			e.at[e.count] = HEX("c0");
			e.count = (uint32_t)((int)e.count + more);
			put_together(&item, &e);
			list.at[list.count - 1] = writer_view(&item);
			put_together(&bent, &list);
			expect(
			    m->name, ERR_FORMAT, m->read(writer_view(&bent)), "elements", e.count);
		}
		list.at[list.count - 1] = HEX("c3");
		put_together(&bent, &list);
		expect(m->name, ERR_TYPE, m->read(writer_view(&bent)), "no array at", 0);
	}
	writer_release(&w);
	writer_release(&item);
	writer_release(&bent);
}

/* --- the table of the protocol --------------------------------------------------------------- */

/* Rows of section 8: | number | NAME g | body | */
static unsigned check_row(const char *line)
{
	unsigned number;
	char name[32], flag[4];

	if (sscanf(line, "| %u | %31[A-Z_] %3[g|]", &number, name, flag) != 3)
		return 0;
	assert_in_range(number, 1, MSG_TYPE_END - 1);
	assert_string_equal(msg_name((uint8_t)number), name);
	if (msg_is_for_guests((uint8_t)number) != (flag[0] == 'g'))
		fail_msg("%s: %s", name, flag);
	return number;
}

static void names_numbers_and_guests_are_those_of_the_protocol(void **state)
{
	FILE *f = fopen("proto/PROTOCOL.md", "r");
	char line[2000];
	unsigned last = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		unsigned number = check_row(line);
		if (number == 0)
			continue;
		assert_int_equal(number, last + 1);
		last = number;
	}
	fclose(f);
	assert_int_equal(last, MSG_TYPE_END - 1);
	assert_string_equal(msg_name(0), "unknown");
	assert_string_equal(msg_name(MSG_TYPE_END), "unknown");
	assert_false(msg_is_for_guests(0) || msg_is_for_guests(MSG_TYPE_END));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_written_is_read),
	    cmocka_unit_test(an_array_may_grow_but_not_shrink),
	    cmocka_unit_test(each_element_has_its_type),
	    cmocka_unit_test(each_item_of_a_list_is_judged),
	    cmocka_unit_test(names_numbers_and_guests_are_those_of_the_protocol),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
