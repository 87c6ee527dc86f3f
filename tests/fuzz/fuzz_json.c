/* JSON in and out. What is printed is valid JSON whatever the value, holds nothing that moves a
 * cursor, and what was read and printed reads as the same value. The quick reader takes what jansson takes, nothing else,
 * and makes the same bytes of it.
 *
 * covers: proto/json.c proto/json_read.c */
#include "tests/fuzz/fuzz.h"

#include <jansson.h>

#include "proto/json.h"
#include "proto/json_read.h"
#include "proto/mp.h"
#include "proto/text.h"

static void check_printed(const struct writer *printed)
{
	struct bytes rest = writer_view(printed);
	char *text = malloc(printed->size + 1);
	uint32_t letter;
	json_t *value;

	/* jansson takes no NUL in a key, which JSON allows: it reads another letter instead. */
	memcpy(text, printed->data, printed->size);
	text[printed->size] = '\0';
	for (char *nul = text; (nul = strstr(nul, "\\u0000")); nul += 6)
		nul[5] = '1';
	value = json_loadb(text, printed->size, JSON_DECODE_ANY, NULL);
	fuzz_check(value != NULL);
	free(text);
	json_decref(value);
	fuzz_check(text_is_utf8(rest));
	while (text_next(&rest, &letter))
		fuzz_check(!text_is_hostile(letter));
}

static void print(struct bytes value)
{
	struct writer printed = {0};
	enum err err = json_print(&printed, value);

	fuzz_check(
	    err || mp_peek(&(struct reader){value.data, value.data + value.size, 0}) != MP_NONE);
	if (err)
		fuzz_check(printed.size == 0);
	else
		check_printed(&printed);
	writer_release(&printed);
}

static void compare_readers(struct bytes text)
{
	struct writer quick = {0}, slow = {0};
	struct why why = {0};
	bool is_read = json_read(&quick, text);
	bool is_right = json_read_tree(&slow, text, &why) == ERR_NONE;

	/* jansson overlooks a NUL behind a number. */
	fuzz_check(is_read == is_right || (is_right && memchr(text.data, 0, text.size)));
	fuzz_check(!is_read || bytes_equal(writer_view(&quick), writer_view(&slow)));
	writer_release(&quick);
	writer_release(&slow);
}

static void read(struct bytes text)
{
	struct writer value = {0}, printed = {0}, again = {0};
	struct why why = {0};

	if (json_parse(&value, text, &why)) {
		fuzz_check(why.err != ERR_NONE && value.size == 0);
	} else {
		fuzz_check(mp_scan(writer_view(&value)) == ERR_NONE);
		fuzz_check(!json_print(&printed, writer_view(&value)));
		check_printed(&printed);
		fuzz_check(!json_parse(&again, writer_view(&printed), &why));
		fuzz_check(bytes_equal(writer_view(&again), writer_view(&value)));
	}
	writer_release(&value);
	writer_release(&printed);
	writer_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size);
	struct writer printed = {0};

	compare_readers(in);
	read(in);
	print(in);
	json_print_str(&printed, in);
	check_printed(&printed);
	writer_clear(&printed);
	json_print_bin(&printed, in);
	check_printed(&printed);
	writer_release(&printed);
	return 0;
}
