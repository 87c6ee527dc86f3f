/* Writes a network for people in their language. Decides the order and the indentation; what is
 * right or wrong in the file is network_check.c's. */
#include "cli/network_text.h"

#include "cli/lang.h"
#include "proto/mp.h"
#include "proto/text.h"

#include <stdio.h>

static struct bytes str_of(struct bytes map, const char *field)
{
	struct reader r;

	reader_init(&r, mp_get(map, field));
	return mp_peek(&r) == MP_STR ? mp_str(&r) : (struct bytes){NULL, 0};
}

static void put_str(struct writer *w, struct bytes map, const char *field)
{
	text_sanitize_terminal(w, str_of(map, field));
}

static void put_picked(struct writer *w, struct bytes map, const char *field)
{
	text_sanitize_terminal(w, lang_pick(mp_get(map, field)));
}

/* Entries of {"id", "ar", …}. */
static void put_word(struct writer *w, struct bytes entry)
{
	writer_str(w, "  ");
	put_str(w, entry, "id");
	writer_str(w, "  ");
	text_sanitize_terminal(w, str_of(entry, lang_code()));
	writer_str(w, "\n");
}

static void put_article(struct writer *w, struct bytes article)
{
	char number[24];
	struct reader r;

	reader_init(&r, mp_get(article, "number"));
	snprintf(
	    number, sizeof(number), "%lld. ", mp_peek(&r) == MP_INT ? (long long)mp_int(&r) : 0LL);
	writer_str(w, number);
	put_picked(w, article, "title");
	writer_str(w, "\n   ");
	put_picked(w, article, "text");
	writer_str(w, "\n");
}

static void put_value(struct writer *w, struct bytes value)
{
	writer_str(w, "  ");
	put_picked(w, value, "title");
	writer_str(w, _(": "));
	put_picked(w, value, "text");
	writer_str(w, "\n");
}

static void put_condition(struct writer *w, struct bytes condition)
{
	writer_str(w, "  ");
	put_str(w, condition, "id");
	writer_str(w, "  ");
	put_picked(w, condition, "title");
	if (str_of(condition, "max").size) {
		writer_str(w, "  ");
		put_str(w, condition, "unit");
		writer_str(w, "  / ");
		put_str(w, condition, "max");
	}
	writer_str(w, "\n");
}

static void put_list(struct writer *w, const char *heading, struct bytes list,
    void (*put)(struct writer *w, struct bytes entry))
{
	struct reader r;
	uint32_t count;

	reader_init(&r, list);
	count = mp_peek(&r) == MP_ARRAY ? mp_array(&r) : 0;
	if (count) {
		writer_str(w, "\n");
		writer_str(w, heading);
		writer_str(w, "\n");
	}
	for (uint32_t i = 0; i < count && !r.err; i++)
		put(w, mp_raw(&r));
}

static void put_grid(struct writer *w, struct bytes grid)
{
	writer_str(w, "  ");
	put_str(w, grid, "id");
	writer_str(w, " ");
	put_str(w, grid, "version");
	writer_str(w, "\n  ");
	put_picked(w, grid, "note");
	writer_str(w, "\n");
	put_list(w, _("minimum conditions"), mp_get(grid, "conditions"), put_condition);
	put_list(w, _("indicators"), mp_get(grid, "indicators"), put_condition);
}

void network_text(struct writer *w, struct bytes map)
{
	struct bytes charter = mp_get(map, "charter");
	struct bytes words = mp_get(map, "vocabularies");

	writer_str(w, "\n");
	put_picked(w, charter, "note");
	writer_str(w, "\n");
	put_list(w, _("articles"), mp_get(charter, "articles"), put_article);
	put_list(w, _("values"), mp_get(charter, "values"), put_value);
	put_list(w, _("stages"), mp_get(map, "stages"), put_word);
	put_list(w, _("themes"), mp_get(map, "themes"), put_word);
	put_list(w, _("measures"), mp_get(words, "measures"), put_word);
	put_list(w, _("items of publication"), mp_get(words, "publication_items"), put_word);
	put_list(w, _("evaluation grids"), mp_get(map, "grids"), put_grid);
	if (mp_get(map, "roster").size) {
		writer_str(w, "\n");
		writer_str(w, _("members"));
		writer_str(w, "\n  ");
		put_picked(w, mp_get(map, "roster"), "note");
		writer_str(w, "\n");
	}
}

void network_text_claim(struct writer *w, struct bytes claim)
{
	writer_str(w, "  ");
	put_str(w, claim, "value");
	writer_str(w, " ");
	put_str(w, claim, "unit");
	writer_str(w, "  ");
	put_picked(w, claim, "title");
	writer_str(w, "\n");
}
