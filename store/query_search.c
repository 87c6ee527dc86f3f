/* search: the records that hold all the words, the best first. It decides the order (BM25) and what
 * is left out: what is superseded, withdrawn or not there any more. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/facet.h"
#include "store/query_filter.h"
#include "store/search_words.h"
#include "store/view_words.h"

#define BM25_K1 1.2
#define BM25_B 0.75
#define SCORE_UNIT 1000 /* of one in a row's score */
/* Rows of the view that the beginnings of words may lead to. */
#define PREFIX_ROWS_MAX 50000

/* Postings of one page, in the map while the transaction lasts. */
struct row_found {
	struct postings postings;
	uint32_t span;
	uint32_t first, last; /* places: none is below, none above */
};

struct clause_rows {
	const struct search_clause *clause;
	struct writer rows;   /* of struct row_found, by span */
	uint64_t count;	      /* of postings */
	size_t at;	      /* the next row, while spans are gone through backwards */
	uint32_t span;	      /* while rows are taken */
	bool is_whole;	      /* not the beginning of a word */
	bool goes_on;	      /* the row before is of the same term and run */
	uint8_t *often;	      /* by place: how often, where that is more than once */
	uint32_t scores[256]; /* by u4 how often ‖ u4 class of the record's length */
};

struct answer {
	uint32_t score;
	uint64_t arrival;
};

struct search {
	struct query *q;
	struct filter filter;
	struct words *stems;
	struct search_words words;
	struct clause_rows clauses[SEARCH_CLAUSES_MAX];
	uint64_t prefix_rows;
	struct answer *heap; /* the worst first */
	size_t heap_size, heap_max;
	struct answer after;		 /* only what is worse; score 0: everything */
	struct writer runs;		 /* struct run: all there are */
	uint8_t classes[VIEW_SPAN_SIZE]; /* one more than the class */
	/* Of the span at hand: what matches, what one clause finds, and where any says more than once. */
	uint64_t matches[VIEW_SPAN_SIZE / 64], hits[VIEW_SPAN_SIZE / 64], loud[VIEW_SPAN_SIZE / 64];
};

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

/* What a posting is worth, by its weight. */
static void fill_scores(struct clause_rows *c, const struct word_lengths *lengths)
{
	double records = 0, words = 0, average, found = (double)c->count, rarity;

	for (int i = 0; i < VIEW_LENGTH_CLASSES; i++) {
		records += (double)lengths->count[i];
		words += (double)lengths->count[i] * view_class_length[i];
	}
	average = records > 0 && words > 0 ? words / records : 1;
	if (found > records) /* a record that holds several forms is counted with each */
		found = records;
	rarity = log(1 + (records - found + 0.5) / (found + 0.5));
	for (unsigned weight = 0; weight < 256; weight++) {
		double times = weight >> 4, length = view_class_length[weight & 15];
		double worth = rarity * times * (BM25_K1 + 1) /
			       (times + BM25_K1 * (1 - BM25_B + BM25_B * length / average));
		c->scores[weight] = 1 + (uint32_t)(worth * SCORE_UNIT);
	}
}

static void take_clauses(struct search *s)
{
	const struct run *runs;
	struct word_lengths lengths;
	size_t count;

	runs_list(&s->q->views, 0, UINT32_MAX, &s->runs);
	runs = (const struct run *)(const void *)s->runs.data;
	count = s->runs.size / sizeof(*runs);
	word_lengths_get(&s->q->views, &lengths);
	for (size_t i = 0; i < s->words.clause_count; i++) {
		struct clause_rows *c = &s->clauses[i];
		c->clause = &s->words.clauses[i];
		c->often = malloc(VIEW_SPAN_SIZE);
		if (!c->often)
			query_fail(s->q, ERR_MEMORY, "no memory for a search");
		for (size_t j = 0; j < count && query_ok(s->q); j++)
			take_run(s, c, &runs[j]);
		if (c->rows.err != ERR_NONE)
			query_fail(s->q, ERR_MEMORY, "no memory for a search");
		c->at = c->rows.size / sizeof(struct row_found);
		fill_scores(c, &lengths);
	}
}

/* --- ranking --------------------------------------------------------------------------------- */

static bool is_worse(const struct answer *a, const struct answer *b)
{
	return a->score < b->score || (a->score == b->score && a->arrival < b->arrival);
}

static void sift_down(struct search *s, size_t at)
{
	for (;;) {
		size_t worst = at, left = 2 * at + 1;
		struct answer swapped;

		if (left < s->heap_size && is_worse(&s->heap[left], &s->heap[worst]))
			worst = left;
		if (left + 1 < s->heap_size && is_worse(&s->heap[left + 1], &s->heap[worst]))
			worst = left + 1;
		if (worst == at)
			return;
		swapped = s->heap[at];
		s->heap[at] = s->heap[worst];
		s->heap[worst] = swapped;
		at = worst;
	}
}

static void heap_put(struct search *s, const struct answer *answer)
{
	size_t at;

	if (s->heap_size == s->heap_max) {
		s->heap[0] = *answer;
		sift_down(s, 0);
		return;
	}
	at = s->heap_size++;
	for (; at > 0 && is_worse(answer, &s->heap[(at - 1) / 2]); at = (at - 1) / 2)
		s->heap[at] = s->heap[(at - 1) / 2];
	s->heap[at] = *answer;
}

/* Looked at only when its score would be shown. Most is told by the facets; a payload is read for
 * phrases. */
static bool answers(struct search *s, uint64_t arrival)
{
	const uint8_t *row = filter_fits(s->q, &s->filter, arrival);
	struct found found;

	if (!row || (facet_flags(row) & (FACET_UNREADABLE | FACET_WITHDRAWN | FACET_PAST_CUT)))
		return false;
	if (s->words.phrase_count == 0)
		return true;
	return found_at_arrival(s->q, arrival, &found) && found.record.state == RECORD_PRESENT &&
	       search_words_phrases(
		   &s->words, found.record.payload, kind_by_number(found.record.header.kind));
}

/* What a record of this class is worth that says each word once. */
static uint32_t quiet_score(const struct search *s, unsigned class)
{
	uint32_t score = 0;

	for (size_t i = 0; i < s->words.clause_count; i++)
		if (!s->clauses[i].clause->is_not)
			score += s->clauses[i].scores[1 << 4 | class];
	return score;
}

static unsigned class_at(const struct search *s, uint32_t position)
{
	unsigned class = s->classes[position];

	return (class > 0 ? class - 1 : 0) & (VIEW_LENGTH_CLASSES - 1);
}

static uint32_t loud_score(const struct search *s, uint32_t position)
{
	unsigned class = class_at(s, position);
	uint32_t score = 0;

	for (size_t i = 0; i < s->words.clause_count; i++) {
		const struct clause_rows *c = &s->clauses[i];
		unsigned times = c->often[position] > 0 ? c->often[position] : 1;

		if (!c->clause->is_not)
			score += c->scores[times << 4 | class];
	}
	return score;
}

/* least: the lowest score that may still be shown. What comes later is older, so that among equals
 * the first ones stay. */
static void consider(
    struct search *s, uint32_t span, uint32_t position, uint32_t score, uint32_t *least)
{
	struct answer answer = {score, (uint64_t)span << VIEW_SPAN_BITS | position};

	if (s->after.score > 0 && !is_worse(&answer, &s->after))
		return;
	if (answers(s, answer.arrival))
		heap_put(s, &answer);
	if (s->heap_size == s->heap_max)
		*least = s->heap[0].score + 1;
}

/* The matches of a span, the newest first. Most say each word once and are worth what their length says: when that is
 * too little, only the others are looked at. */
static void consider_span(struct search *s, uint32_t span)
{
	uint32_t least = s->heap_size == s->heap_max ? s->heap[0].score + 1 : 0;
	uint32_t quiet[VIEW_LENGTH_CLASSES], most = 0;

	for (unsigned class = 0; class < VIEW_LENGTH_CLASSES; class ++) {
		quiet[class] = quiet_score(s, class);
		most = quiet[class] > most ? quiet[class] : most;
	}
	for (uint32_t at = VIEW_SPAN_SIZE / 64; at > 0 && query_ok(s->q); at--) {
		uint64_t bits = s->matches[at - 1];

		if (most < least)
			bits &= s->loud[at - 1];
		while (bits != 0) {
			unsigned bit = 63 - (unsigned)__builtin_clzll(bits);
			uint32_t position = (at - 1) * 64 + bit;
			uint32_t score = s->loud[at - 1] >> bit & 1 ? loud_score(s, position)
								    : quiet[class_at(s, position)];

			bits ^= (uint64_t)1 << bit;
			if (score >= least)
				consider(s, span, position, score, &least);
		}
	}
}

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

/* Every posting of a page, into hits, loud and often. Short steps, which are nearly all, go through a loop that foretells
 * nothing: how often a word stands somewhere is as good as drawn. Bits of a word are put together before they are stored. */
static void mark(struct search *s, uint8_t *often, struct postings p)
{
	uint64_t hits = 0, loud = 0;
	uint32_t word = p.position / 64;
	uint8_t times;

	while (p.left > 0) {
		unsigned is_loud = 0;

		if (p.end - p.at >= 2 && *p.at < 0x80) {
			uint8_t step = *p.at, next = p.at[1];

			is_loud = step & 1;
			times = is_loud ? next & VIEW_TIMES_MAX : 1;
			p.at += 1 + is_loud;
			p.position += step >> 1;
			p.left--;
			if (p.position >= VIEW_SPAN_SIZE)
				break;
		} else if (postings_next(&p, &times)) {
			is_loud = times > 1;
		} else {
			break;
		}
		if (p.position / 64 != word) {
			s->hits[word] |= hits;
			s->loud[word] |= loud;
			hits = loud = 0;
			word = p.position / 64;
		}
		hits |= (uint64_t)1 << (p.position % 64);
		loud |= (uint64_t)is_loud << (p.position % 64);
		often[p.position] = often[p.position] > times ? often[p.position] : times;
	}
	s->hits[word] |= hits;
	s->loud[word] |= loud;
}

/* Where a clause stands in the span; is_first: nothing is ruled out yet. A record that holds several forms of a word is
 * worth what the form that stands there oftenest is. */
static void find_hits(struct search *s, struct clause_rows *c, const struct row_found *rows,
    size_t count, bool is_first)
{
	memset(s->hits, 0, sizeof(s->hits));
	for (size_t i = 0; i < count; i++) {
		if (is_first || has_between(s->matches, rows[i].first, rows[i].last))
			mark(s, c->often, rows[i].postings);
	}
}

static void match(struct search *s, struct clause_rows *c, const struct row_found *rows,
    size_t count, bool is_first)
{
	memset(c->often, 0, VIEW_SPAN_SIZE);
	find_hits(s, c, rows, count, is_first);
	for (size_t i = 0; i < VIEW_SPAN_SIZE / 64; i++)
		s->matches[i] = (is_first ? UINT64_MAX : s->matches[i]) &
				(c->clause->is_not ? ~s->hits[i] : s->hits[i]);
}

/* The rarest word first: what it rules out is not looked at again. Those that must not stand come
 * last, when the fewest are left. */
static void search_span(struct search *s, uint32_t span)
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
	memset(s->loud, 0, sizeof(s->loud));
	for (size_t i = 0; i < total; i++)
		match(s, &s->clauses[order[i]], rows[order[i]], counts[order[i]], i == 0);
	consider_span(s, span);
}

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

	return is_worse(x, y) ? 1 : is_worse(y, x) ? -1 : 0;
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
	take_clauses(s);
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
		free(s->clauses[i].often);
	}
	writer_release(&s->runs);
	filter_release(&s->filter);
	words_free(s->stems);
	free(s->heap);
	free(s);
}
