/* search: the records that hold all the words, the best first, as rows with an excerpt. It decides what a page is and what
 * stands in a row. */
#include "store/query_search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/facet.h"

/* --- rows ------------------------------------------------------------------------------------ */

static void put_excerpt_fields(struct writer *w, const struct excerpt *excerpt, bool is_marks)
{
	if (!is_marks) {
		mp_put_cstr(w, "excerpt");
		mp_put_str(w, writer_view(&excerpt->text));
		return;
	}
	mp_put_cstr(w, "lang");
	if (excerpt->lang < LANG_COUNT)
		mp_put_cstr(w, lang_codes[excerpt->lang]);
	else
		mp_put_nil(w);
	mp_put_cstr(w, "marks");
	mp_put_array(w, (uint32_t)excerpt->mark_count);
	for (size_t i = 0; i < excerpt->mark_count; i++) {
		mp_put_array(w, 2);
		mp_put_uint(w, excerpt->marks[i].at);
		mp_put_uint(w, excerpt->marks[i].size);
	}
}

/* false: its payload went after it was indexed. */
static bool put_row(struct search *s, struct writer *w, const struct answer *answer)
{
	const struct kind *kind;
	struct excerpt excerpt;
	struct found f;
	char ref[REF_TEXT_MAX], number[8];

	if (!found_at_arrival(s->q, answer->arrival, &f)) {
		query_fail(
		    s->q, ERR_ROT, "arrival %llu is missing", (unsigned long long)answer->arrival);
		return false;
	}
	if (f.record.state != RECORD_PRESENT)
		return false;
	kind = kind_by_number(f.record.header.kind);
	snprintf(number, sizeof(number), "%u", f.record.header.kind);
	ref_text(ref, &f.log, f.index);
	excerpt_make(&excerpt, &s->words, s->stems, f.record.payload, kind);
	mp_put_map(w, 11);
	put_name_uint(w, "arrival", answer->arrival);
	put_excerpt_fields(w, &excerpt, false);
	put_name_bin(w, "id", f.leaf.b, HASH_SIZE);
	put_name_str(w, "kind", kind ? kind->name : number);
	put_excerpt_fields(w, &excerpt, true);
	put_name_str(w, "member", log_member(&f.log));
	put_name_str(w, "ref", ref);
	put_name_uint(w, "score", answer->score);
	mp_put_cstr(w, "time");
	mp_put_int(w, f.record.header.time.ms);
	mp_put_cstr(w, "title");
	row_put_title(w, f.record.payload, kind);
	if (excerpt.text.err != ERR_NONE)
		writer_fail(w, excerpt.text.err);
	writer_release(&excerpt.text);
	return true;
}

static int compare_answers(const void *a, const void *b)
{
	const struct answer *x = a, *y = b;

	return answer_is_worse(x, y) ? 1 : answer_is_worse(y, x) ? -1 : 0;
}

static void put_answers(struct search *s)
{
	struct query *q = s->q;
	struct writer rows = {0};
	uint32_t count = 0;
	size_t i = 0;
	char cursor[48] = "";

	if (s->heap_size > 0)
		qsort(s->heap, s->heap_size, sizeof(*s->heap), compare_answers);
	for (; i < s->heap_size && query_ok(q); i++) {
		if (i == s->filter.limit || rows.size > QUERY_PAGE_AIM) {
			snprintf(cursor, sizeof(cursor), "%llu.%u",
			    (unsigned long long)s->heap[i - 1].arrival, s->heap[i - 1].score);
			break;
		}
		count += put_row(s, &rows, &s->heap[i]);
	}
	page_put(q, bytes_str(cursor), &rows, count);
	writer_release(&rows);
}

/* ARRIVAL.SCORE of the last row before. */
static bool take_cursor(struct search *s)
{
	struct bytes cursor = param_str(s->q, "cursor");
	const uint8_t *dot = cursor.size > 0 ? memchr(cursor.data, '.', cursor.size) : NULL;
	uint64_t score = 0;
	size_t size;

	if (cursor.size == 0)
		return query_ok(s->q);
	size = dot ? (size_t)(dot - cursor.data) : 0;
	if (!dot || !decimal_decode(&s->after.arrival, bytes_of(cursor.data, size)) ||
	    !decimal_decode(&score, bytes_of(dot + 1, cursor.size - size - 1)) || score == 0 ||
	    score > UINT32_MAX) {
		query_fail(s->q, ERR_USAGE, "the cursor is not one that a page gave");
		return false;
	}
	s->after.score = (uint32_t)score;
	return true;
}

static void run(struct search *s)
{
	struct why why = {0};

	if (!filter_take(s->q, &s->filter) || !take_cursor(s))
		return;
	s->filter.is_latest = true;
	if (search_words_parse(&s->words, s->stems, param_str(s->q, "words"), &why) != ERR_NONE) {
		query_fail(s->q, why.err, "%s", why.text);
		return;
	}
	s->heap_max = s->filter.limit + 1;
	s->heap = calloc(s->heap_max, sizeof(*s->heap));
	if (!s->heap) {
		query_fail(s->q, ERR_MEMORY, "no memory for a search");
		return;
	}
	search_take_clauses(s);
	for (uint32_t span =
		 (uint32_t)(meta_get_u64(&s->q->views, "arrival") >> VIEW_SPAN_BITS) + 1;
	     span-- > 0 && query_ok(s->q);)
		search_span(s, span);
	if (query_ok(s->q))
		put_answers(s);
}

void query_search(struct query *q)
{
	struct search *s = calloc(1, sizeof(*s));

	if (s)
		s->stems = words_new();
	if (!s || !s->stems) {
		free(s);
		query_fail(q, ERR_MEMORY, "no memory for a search");
		return;
	}
	s->q = q;
	run(s);
	for (size_t i = 0; i < SEARCH_CLAUSES_MAX; i++) {
		writer_release(&s->clauses[i].rows);
		free(s->clauses[i].places);
	}
	writer_release(&s->runs);
	filter_release(&s->filter);
	words_free(s->stems);
	free(s->heap);
	free(s);
}
