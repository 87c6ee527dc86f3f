/* Seeds of payloads, made from the table of kinds itself: each kind with every field right, and
 * with every field wrong in some way. A kind that is added to the table has its seeds. */
#include "tests/fuzz/seeds.h"

#include "proto/json.h"
#include "proto/kinds.h"

#define FIELDS_MAX 64

enum manner { RIGHT, OTHER_TYPE, TOO_MUCH, HOSTILE, EMPTY, MANNER_COUNT };

static void put_value(struct writer *w, const struct field *field, enum manner manner);

static int compare_names(const void *a, const void *b)
{
	return strcmp(
	    (*(const struct field *const *)a)->name, (*(const struct field *const *)b)->name);
}

/* The fields of both lists, in the order of their names. */
static void put_map(struct writer *w, const struct field *own, const struct field *common,
    enum manner manner, bool has_unknown)
{
	const struct field *all[FIELDS_MAX];
	size_t count = 0;

	for (; own && own->name && count < FIELDS_MAX; own++)
		all[count++] = own;
	for (; common && common->name && count < FIELDS_MAX; common++)
		all[count++] = common;
	qsort(all, count, sizeof(all[0]), compare_names);
	mp_put_map(w, (uint32_t)count + has_unknown);
	for (size_t i = 0; i < count; i++) {
		mp_put_cstr(w, all[i]->name);
		put_value(w, all[i], manner);
	}
	if (has_unknown) {
		mp_put_cstr(w, "zzz");
		mp_put_nil(w);
	}
}

static void put_text(struct writer *w, enum manner manner)
{
	mp_put_map(w, manner == EMPTY ? 0 : 2);
	if (manner == EMPTY)
		return;
	mp_put_cstr(w, "ar");
	mp_put_cstr(
	    w, manner == HOSTILE ? "\u202e\x1b[2J" : "\u0645\u064a\u0632\u0627\u0646\u064a\u0629");
	mp_put_cstr(w, manner == TOO_MUCH ? "zz" : "fr");
	mp_put_cstr(w,
	    manner == HOSTILE ? "CNI AB123456, 0612345678, a@b.example\r\n<script>" : "Fe\u0300s");
}

static void put_str(struct writer *w, const struct field *field, enum manner manner)
{
	static const char *const good[] = {[TYPE_DATE] = "2024-02-29",
	    [TYPE_URL] = "https://example.org/a",
	    [TYPE_DECIMAL] = "12.5",
	    [TYPE_LANG] = "zgh-Tfng",
	    [TYPE_MEMBER] = "larache",
	    [TYPE_TERRITORY] = "01.151.01.01@2020"};
	static const char *const bad[] = {[TYPE_DATE] = "2023-02-29",
	    [TYPE_URL] = "javascript:alert(1)",
	    [TYPE_DECIMAL] = "1e9",
	    [TYPE_LANG] = "ar_MA",
	    [TYPE_MEMBER] = "=Larache",
	    [TYPE_TERRITORY] = "00.51@20"};
	char line[2048];

	if (field->type == TYPE_WORD && manner == RIGHT)
		mp_put_cstr(w, field->words->words[0]);
	else if (manner == EMPTY)
		mp_put_cstr(w, "");
	else if (manner == TOO_MUCH) {
		memset(line, 'a', sizeof(line));
		mp_put_str(w, bytes_of(line, sizeof(line)));
	} else if (field->type == TYPE_DATE && field->size_max == 4)
		mp_put_cstr(w, manner == RIGHT ? "2024" : "2024-02");
	else if (field->type < sizeof(good) / sizeof(good[0]) && good[field->type])
		mp_put_cstr(w, manner == RIGHT ? good[field->type] : bad[field->type]);
	else
		mp_put_cstr(w, manner == RIGHT ? "05.591.01.01" : "=cmd|' /C calc'!A0\n\u2066");
}

static void put_money(struct writer *w, enum manner manner)
{
	mp_put_map(w, manner == EMPTY ? 0 : 2);
	if (manner == EMPTY)
		return;
	mp_put_cstr(w, "amount");
	mp_put_int(w, manner == TOO_MUCH ? -1 : 500000);
	mp_put_cstr(w, "currency");
	mp_put_cstr(w, manner == HOSTILE ? "mad!" : "MAD");
}

static void put_link(struct writer *w, enum manner manner)
{
	uint8_t zeros[32] = {0};

	if (manner == HOSTILE) {
		mp_put_cstr(w, "sefrou/1/12");
		return;
	}
	mp_put_array(w, 3);
	mp_put_bin(w, zeros, 32);
	mp_put_int(w, manner == TOO_MUCH ? -5 : 7);
	mp_put_bin(w, zeros, manner == EMPTY ? 0 : 32);
}

static void put_single(struct writer *w, const struct field *field, enum manner manner)
{
	uint8_t zeros[32] = {0};

	switch (field->type) {
	case TYPE_TEXT:
		put_text(w, manner);
		break;
	case TYPE_STR:
	case TYPE_DATE:
	case TYPE_WORD:
	case TYPE_URL:
	case TYPE_DECIMAL:
	case TYPE_LANG:
	case TYPE_MEMBER:
	case TYPE_TERRITORY:
		put_str(w, field, manner);
		break;
	case TYPE_INT:
	case TYPE_TIME:
		mp_put_int(w, manner == TOO_MUCH ? -MP_INT_MAX : field->min);
		break;
	case TYPE_BOOL:
		mp_put_bool(w, manner == RIGHT);
		break;
	case TYPE_MONEY:
		put_money(w, manner);
		break;
	case TYPE_LINK:
		put_link(w, manner);
		break;
	case TYPE_HASH:
		if (manner == HOSTILE)
			mp_put_cstr(
			    w, "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
		else if (manner == TOO_MUCH)
			mp_put_cstr(w, "0g");
		else
			mp_put_bin(w, zeros, manner == EMPTY ? 0 : 32);
		break;
	case TYPE_MAP:
		put_map(w, field->fields, NULL, manner, manner == TOO_MUCH);
		break;
	case TYPE_COLUMNS:
		mp_put_map(w, 1);
		mp_put_cstr(w, manner == EMPTY ? "" : "Title");
		mp_put_cstr(w, "as it was\nwritten");
		break;
	}
}

static void put_value(struct writer *w, const struct field *field, enum manner manner)
{
	unsigned count = manner == EMPTY ? 0 : 2;

	if (manner == OTHER_TYPE) {
		mp_put_nil(w);
		return;
	}
	if (field->is_list)
		mp_put_array(w, count);
	for (unsigned i = 0; i < (field->is_list ? count : 1); i++)
		put_single(w, field, manner);
}

static void seed_typed(uint8_t position)
{
	static const char *const typed[] = {"5000", "5000 MAD", "5000,50", "oui", "yes", "no",
	    "2024-02", "2024-13", "29/2/2024", "https://example.org", "commitment", "fr=Titre",
	    "ar=\u0645", "sefrou/1/12", "00ff", "", "-3", "cost.amount", "evidence.url", "title.fr",
	    "practise", "comittment", "12.5", "zgh-Tfng", "MA-01"};
	struct writer w = {0};
	char name[32];

	for (size_t i = 0; i < sizeof(typed) / sizeof(typed[0]); i++) {
		writer_clear(&w);
		writer_u8(&w, position);
		writer_u8(&w, (uint8_t)i);
		writer_str(&w, typed[i]);
		snprintf(name, sizeof(name), "typed-%u-%zu", position, i);
		seed("kinds", name, writer_view(&w));
	}
	writer_release(&w);
}

void seeds_kinds(void)
{
	struct writer w = {0};
	char name[32];

	for (uint8_t position = 0; kind_at(position); position++) {
		const struct kind *kind = kind_at(position);

		for (unsigned manner = 0; manner < MANNER_COUNT && kind->fields; manner++) {
			writer_clear(&w);
			writer_u8(&w, position);
			writer_u8(&w, (uint8_t)manner);
			put_map(&w, kind->fields, kind_common_fields, (enum manner)manner,
			    manner == OTHER_TYPE);
			fuzz_check(!w.err);
			snprintf(name, sizeof(name), "%s-%u", kind->name, manner);
			seed("kinds", name, writer_view(&w));
		}
		/* These have fields of every type between them. */
		if (kind->number == KIND_COMMITMENT || kind->number == KIND_EVALUATION ||
		    kind->number == KIND_DOCUMENT || kind->number == KIND_PRACTICE)
			seed_typed(position);
	}
	seed("kinds", "no-map", BYTES_STR("\xff\x01\xc0"));
	seed("kinds", "not-canonical", BYTES_STR("\xff\x01\xcc\x01"));
	writer_release(&w);
}
