/* Where the words of a search stand: reads their postings and lays them over each other, span by span. It decides which are
 * read; what a match is worth it does not know. */
#include <stdlib.h>
#include <string.h>

#include "store/query_search.h"

/* Rows of the view that the beginnings of words may lead to. */
#define PREFIX_ROWS_MAX 50000

/* --- what the index holds -------------------------------------------------------------------- */

struct taking {
	struct search *s;
	struct clause_rows *c;
};

static bool take_row(void *context, const struct postings *postings)
{
	struct taking *taking = context;
	struct search *s = taking->s;
	struct clause_rows *c = taking->c;
	struct row_found row = {*postings, c->span, 0, VIEW_SPAN_SIZE - 1};
	struct postings first = *postings;
	uint8_t times;

	if (postings_next(&first, &times))
		row.first = first.position;
	if (c->goes_on && c->rows.size > 0)
		((struct row_found *)(void *)(c->rows.data + c->rows.size - sizeof(row)))->last =
		    row.first;
	c->goes_on = c->is_whole;
	if (!taking->c->is_whole && ++s->prefix_rows > PREFIX_ROWS_MAX) {
		query_fail(s->q, ERR_USAGE,
		    "too many words begin like this: write more of them before the *");
		return false;
	}
	taking->c->count += postings->left;
	writer_put(&taking->c->rows, &row, sizeof(row));
	return true;
}

static void take_run(struct search *s, struct clause_rows *c, const struct run *run)
{
	struct taking taking = {s, c};

	c->span = run->span;
	c->is_whole = true;
	for (size_t i = 0; i < c->clause->form_count; i++) {
		const struct term *form = &c->clause->forms[i];
		c->goes_on = false;
		run_find(
		    &s->q->views, run, bytes_of(form->b, form->size), false, take_row, &taking);
	}
	c->is_whole = c->goes_on = false;
	for (size_t i = 0; i < c->clause->prefix_count; i++) {
		const struct term *start = &c->clause->prefixes[i];
		run_find(
		    &s->q->views, run, bytes_of(start->b, start->size), true, take_row, &taking);
	}
}

void search_take_clauses(struct search *s)
{
	const struct run *runs;
	size_t count;

	runs_list(&s->q->views, 0, UINT32_MAX, &s->runs);
	runs = (const struct run *)(const void *)s->runs.data;
	count = s->runs.size / sizeof(*runs);
	word_lengths_get(&s->q->views, &s->lengths);
	for (size_t i = 0; i < s->words.clause_count; i++) {
		struct clause_rows *c = &s->clauses[i];
		c->clause = &s->words.clauses[i];
		c->places = malloc(sizeof(*c->places));
		if (!c->places)
			query_fail(s->q, ERR_MEMORY, "no memory for a search");
		for (size_t j = 0; j < count && query_ok(s->q); j++)
			take_run(s, c, &runs[j]);
		if (c->rows.err != ERR_NONE)
			query_fail(s->q, ERR_MEMORY, "no memory for a search");
		c->at = c->rows.size / sizeof(struct row_found);
		search_fill_scores(s, c);
	}
}

/* --- of one span ----------------------------------------------------------------------------- */

/* The rows of a span, which stand at the end of those not yet gone through. */
static size_t rows_of_span(struct clause_rows *c, uint32_t span, const struct row_found **rows)
{
	const struct row_found *all = (const struct row_found *)(const void *)c->rows.data;
	size_t end = c->at;

	while (c->at > 0 && all[c->at - 1].span == span)
		c->at--;
	*rows = all + c->at;
	return end - c->at;
}

/* Whether anything from first to last is still a match. */
static bool has_between(const uint64_t *bits, uint32_t first, uint32_t last)
{
	for (uint32_t i = first / 64; i <= last / 64; i++) {
		if (bits[i])
			return true;
	}
	return false;
}

/* What a clause leaves of the matches; is_first: nothing is ruled out yet. A record that holds several forms of a word is
 * worth what the form that stands there oftenest is. */
static void match(struct search *s, struct clause_rows *c, const struct row_found *rows,
    size_t count, bool is_first)
{
	places_clear(c->places);
	for (size_t i = 0; i < count; i++) {
		if (is_first || has_between(s->matches, rows[i].first, rows[i].last))
			places_add(c->places, &rows[i].postings);
	}
	for (size_t i = 0; i < POSTINGS_WORDS; i++)
		s->matches[i] = (is_first ? UINT64_MAX : s->matches[i]) &
				(c->clause->is_not ? ~c->places->at[i] : c->places->at[i]);
}

/* The rarest word first: what it rules out is not looked at again. Those that must not stand come
 * last, when the fewest are left. */
void search_span(struct search *s, uint32_t span)
{
	const struct row_found *rows[SEARCH_CLAUSES_MAX] = {0};
	size_t counts[SEARCH_CLAUSES_MAX] = {0}, order[SEARCH_CLAUSES_MAX] = {0};
	size_t total = s->words.clause_count;
	bool is_possible = true;

	for (size_t i = 0; i < total; i++) {
		size_t at = i;
		counts[i] = rows_of_span(&s->clauses[i], span, &rows[i]);
		is_possible = is_possible && (counts[i] > 0 || s->clauses[i].clause->is_not);
		for (; at > 0; at--) {
			size_t before = order[at - 1];
			bool is_not = s->clauses[i].clause->is_not;
			bool was_not = s->clauses[before].clause->is_not;
			if (is_not != was_not ? is_not : counts[i] >= counts[before])
				break;
			order[at] = before;
		}
		order[at] = i;
	}
	if (!is_possible)
		return;
	word_classes_of_span(&s->q->views, span, s->classes);
	for (size_t i = 0; i < total; i++)
		match(s, &s->clauses[order[i]], rows[order[i]], counts[order[i]], i == 0);
	search_consider_span(s, span);
}
