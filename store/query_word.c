/* Words in the parameters of a query: themes, statuses, regions, provinces. A word that no record
 * could have is told, with the one that it looks like: an empty answer would be read as "nothing of
 * that kind exists". */
#include <stdio.h>
#include <string.h>

#include "proto/kinds_words.h"
#include "store/query_filter.h"

#define WORDS_MAX 512

static int shown(struct bytes text)
{
	return (int)(text.size < 60 ? text.size : 60);
}

static bool refuse(struct query *q, const char *what, struct bytes word, const char *const *words)
{
	const char *nearest = word_nearest(word, words);

	query_fail(q, ERR_USAGE, "there is no %s '%.*s'%s%s%s", what, shown(word),
	    (const char *)word.data, nearest ? ", did you mean '" : "", nearest ? nearest : "",
	    nearest ? "'" : "");
	return false;
}

static bool is_listed(struct bytes word, const char *const *words)
{
	for (; *words; words++)
		if (bytes_equal(word, bytes_str(*words)))
			return true;
	return false;
}

/* Networks add themes of their own: what occurs is a theme too. */
bool filter_take_theme(struct query *q, struct filter *f)
{
	struct bytes word = param_str(q, "theme");

	f->has_theme = word.size > 0;
	f->theme = term_find(&q->views, TERM_THEME, word);
	if (!f->has_theme || f->theme > 0 || is_listed(word, words_themes.words))
		return query_ok(q);
	return refuse(q, "theme", word, words_themes.words);
}

static size_t add_words(const char **all, size_t count, const char *const *words)
{
	for (; words && *words && count + 1 < WORDS_MAX; words++)
		all[count++] = *words;
	return count;
}

static bool is_wanted(const struct filter *f, uint16_t number)
{
	for (unsigned i = 0; i < f->kind_count; i++)
		if (f->kinds[i] == number)
			return true;
	return f->kind_count == 0;
}

static size_t status_words(const struct filter *f, const char **all)
{
	static const char *const others[] = {"withdrawn", "ND", "NR", "NA", NULL};
	const struct kind *kind;
	size_t count = add_words(all, 0, others);

	for (size_t i = 0; (kind = kind_at(i)) != NULL; i++) {
		const struct field *field =
		    kind->status ? kind_field(kind, bytes_str(kind->status)) : NULL;
		if (!is_wanted(f, kind->number))
			continue;
		if (field && field->words)
			count = add_words(all, count, field->words->words);
		else if (facet_is_audited(kind->number))
			count = add_words(all, count, words_completion.words);
	}
	all[count] = NULL;
	return count;
}

bool filter_take_status(struct query *q, struct filter *f)
{
	struct bytes word = param_str(q, "status");
	const char *all[WORDS_MAX];

	f->has_status = word.size > 0;
	f->status = term_find(&q->views, TERM_STATUS, word);
	if (!f->has_status || f->status > 0)
		return query_ok(q);
	status_words(f, all);
	return is_listed(word, all) || refuse(q, "status", word, all);
}

struct territory territory_of_member(struct query *q, struct bytes code)
{
	struct territory out = {.is_known = true};
	struct change_member row;

	if (member_row_get(&q->truth, code, &row))
		territory_read(bytes_str(row.territory), &out.region, &out.province);
	return out;
}

/* "01", "1", "MA-01", "01.051", "01.051.01.03", or a member that lies there. */
static struct territory read_place(struct query *q, struct bytes text)
{
	struct territory out = {.is_known = true};
	char padded[3] = "0";

	if (text.size == 1 && text.data[0] >= '1' && text.data[0] <= '9') {
		padded[1] = (char)text.data[0];
		text = bytes_of(padded, 2);
	}
	territory_read(text, &out.region, &out.province);
	return out.region > 0 ? out : territory_of_member(q, text);
}

static bool refuse_place(struct query *q, const char *what, struct bytes text, const char *form)
{
	static const char none[] = "";
	char codes[WORDS_MAX][CODE_SIZE_MAX + 1];
	const char *all[WORDS_MAX + 1];
	size_t count = 0;
	const char *nearest;
	struct walk walk;

	walk_begin(&walk, &q->truth, TABLE_MEMBERS);
	for (bool more = walk_first(&walk); more && count < WORDS_MAX; more = walk_next(&walk)) {
		if (walk.key.size > CODE_SIZE_MAX)
			continue;
		memcpy(codes[count], walk.key.data, walk.key.size);
		codes[count][walk.key.size] = '\0';
		all[count] = codes[count];
		count++;
	}
	walk_end(&walk);
	all[count] = NULL;
	nearest = word_nearest(text, all);
	query_fail(q, ERR_USAGE,
	    "there is no %s '%.*s': give %s, or a member that lies in it%s%s%s", what, shown(text),
	    (const char *)text.data, form, nearest ? "; did you mean '" : none,
	    nearest ? nearest : none, nearest ? "'?" : none);
	return false;
}

bool filter_take_place(struct query *q, struct filter *f)
{
	struct bytes region = param_str(q, "region"), province = param_str(q, "province");
	struct territory place;

	if (region.size > 0) {
		place = read_place(q, region);
		f->region = place.region;
		if (f->region == 0)
			return refuse_place(q, "region", region, "its number, 01 to 12");
	}
	if (province.size == 0)
		return query_ok(q);
	place = read_place(q, province);
	if (place.province == 0)
		return refuse_place(q, "province", province, "its code, like 01.051");
	if (f->region > 0 && f->region != place.region) {
		query_fail(q, ERR_USAGE, "province '%.*s' does not lie in region '%.*s'",
		    shown(province), (const char *)province.data, shown(region),
		    (const char *)region.data);
		return false;
	}
	f->region = place.region;
	f->province = place.province;
	return query_ok(q);
}
