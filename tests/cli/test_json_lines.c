/* NDJSON becomes payloads in the order of its lines, and every bad line is told in that order, also when a large file is
 * checked by several threads. */
#include "cli/json_lines.h"

#include "cli/args.h"
#include "cli/cmd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINES 30000
#define BAD_EVERY 997

struct told {
	unsigned long lines[LINES];
	size_t count;
};

static void tell(void *context, unsigned long line, const struct fault *fault, const char *text)
{
	struct told *told = context;

	assert_true(strlen(text) > 3);
	assert_false(fault->is_warning);
	told->lines[told->count++] = line;
}

static void make_file(char path[static 40], bool has_bad)
{
	int fd;
	FILE *file;

	snprintf(path, 40, "/tmp/test-json-lines-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	file = fdopen(fd, "w");
	for (int i = 1; i <= LINES; i++) {
		if (has_bad && i % BAD_EVERY == 0)
			fprintf(file, i % 2 ? "{\"title\":\"%d\"}\n" : "nonsense %d\n", i);
		else if (i % 5000 == 0)
			fprintf(file, "\r\n");
		else
			fprintf(file,
			    "{\"title\":{\"fr\":\"pratique %d\"},\"results\":{\"ar\":\"%s\"}}\n", i,
			    "نص طويل بما يكفي لكي يكون الملف كبيرا");
	}
	fclose(file);
}

static void payloads_are_in_order(const struct record_input *in, bool has_bad)
{
	struct record_cursor cursor;
	const struct kind *kind;
	struct bytes payload;
	char text[40];
	int line = 0;

	record_cursor_init(&cursor, in);
	while (record_cursor_next(&cursor, &kind, &payload)) {
		do
			line++;
		while ((has_bad && line % BAD_EVERY == 0) || line % 5000 == 0);
		snprintf(text, sizeof(text), "pratique %d", line);
		assert_true(bytes_equal(kinds_str(payload, "title.fr"), bytes_str(text)));
		assert_int_equal(kind->number, KIND_PRACTICE);
	}
	assert_true(line >= LINES - 1);
}

static void a_large_file_is_read_in_order(void **state)
{
	static const struct args args = {.command = &cmd_publish};
	struct record_input in = {.args = &args, .tell = tell};
	struct told told = {.count = 0};
	char path[40];

	(void)state;
	in.tell_context = &told;
	make_file(path, false);
	assert_int_equal(json_lines_read(&in, kind_by_number(KIND_PRACTICE), path), EXIT_DONE);
	assert_int_equal(told.count, 0);
	assert_int_equal(in.count, LINES - LINES / 5000);
	payloads_are_in_order(&in, false);
	unlink(path);
	record_input_release(&in);
}

static void every_bad_line_is_told_in_order(void **state)
{
	static const struct args args = {.command = &cmd_publish};
	struct record_input in = {.args = &args, .tell = tell};
	struct told told = {.count = 0};
	char path[40];

	(void)state;
	in.tell_context = &told;
	make_file(path, true);
	assert_int_equal(json_lines_read(&in, kind_by_number(KIND_PRACTICE), path), EXIT_DONE);
	assert_int_equal(told.count, LINES / BAD_EVERY);
	assert_int_equal(in.bad_count, LINES / BAD_EVERY);
	for (size_t i = 0; i < told.count; i++)
		assert_int_equal(told.lines[i], (i + 1) * BAD_EVERY);
	payloads_are_in_order(&in, true);
	unlink(path);
	record_input_release(&in);
}

static void take_line(void *context, unsigned long line, const struct kind *kind, struct bytes map,
    struct bytes whole, const struct why *why)
{
	static const uint16_t kinds[] = {KIND_PRACTICE, KIND_COMMENT, 0, 0, KIND_PRACTICE};
	unsigned *count = context;

	assert_true(line >= 1 && line <= 5);
	assert_int_equal(kind ? kind->number : 0, kinds[line - 1]);
	assert_int_equal(why->err != ERR_NONE, !kind);
	if (line == 1)
		assert_true(bytes_equal(kinds_str(map, "title.fr"), BYTES_STR("a")) &&
			    !mp_get(map, "kind").size && mp_get(whole, "ref").size);
	if (line == 2)
		assert_true(bytes_equal(kinds_str(map, "text.fr"), BYTES_STR("b")) &&
			    !mp_get(map, "payload").size);
	(*count)++;
}

static void a_line_may_name_its_kind(void **state)
{
	char path[] = "/tmp/test-json-lines-XXXXXX";
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");
	struct why why = {0};
	unsigned count = 0;

	(void)state;
	fputs("{\"kind\":\"practice\",\"title\":{\"fr\":\"a\"},\"ref\":\"x/1\"}\n"
	      "{\"kind\":\"comment\",\"payload\":{\"text\":{\"fr\":\"b\"}},\"anchor\":null}\n"
	      "{\"title\":{\"fr\":\"a\"}}\n"
	      "{\"kind\":\"log.open\"}\n"
	      "{\"kind\":\"practice\"}",
	    file);
	fclose(file);
	assert_int_equal(json_lines_each(path, take_line, &count, &why), ERR_NONE);
	assert_int_equal(count, 5);
	unlink(path);
	assert_int_equal(json_lines_each(path, take_line, &count, &why), ERR_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_large_file_is_read_in_order),
	    cmocka_unit_test(every_bad_line_is_told_in_order),
	    cmocka_unit_test(a_line_may_name_its_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
