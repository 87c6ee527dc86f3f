/* The search view: gathers the terms of a batch's records and writes them term by term. It decides
 * what of a record is indexed and how much it counts; what a term is, store/words.c does. */
#include "store/view_words.h"

#include <stdlib.h>
#include <string.h>

#include "store/view_build.h"
#include "store/view_texts.h"
#include "store/word_cache.h"

#define NO_TERM UINT32_MAX
/* Spellings remembered of one batch. A language has some ten thousand that are in use; what a
 * batch holds beyond is looked up again each time. */
#define SPELLINGS_MAX 32768
#define SPELLING_SIZE_MAX 48
#define TITLE_TIMES 4

/* Open addressing over numbers of things; 0 is empty. Grows to stay half empty. */
struct slots {
	uint32_t *at;
	uint32_t size; /* a power of two */
	uint32_t count;
};

struct spelling {
	uint32_t hash;
	uint32_t term; /* NO_TERM: none */
	uint8_t size;
	uint8_t lang;
	uint8_t b[SPELLING_SIZE_MAX];
};

struct batch_term {
	uint32_t hash;
	uint32_t count;	       /* of its postings */
	uint32_t record, last; /* the record that held it last, its posting there */
	struct term term;
};

struct batch_posting {
	uint32_t term;
	uint32_t record;
	uint32_t times;
};

struct batch_record {
	uint64_t arrival;
	uint8_t class_of;
};

struct gathered {
	struct word_cache *cache;
	struct slots by_spelling, by_term;
	struct writer spellings, terms, postings, records, forgotten;
	struct run_writer run;
	uint64_t first, last; /* arrivals of the batch's new records, 0: none */
	bool is_unordered;
	/* Of the record at hand. */
	uint32_t record, first_posting, words_seen;
	enum err err;
};

#define ITEMS(w, type) ((type *)(void *)(w).data)
#define COUNT(w, type) ((uint32_t)((w).size / sizeof(type)))

static bool slots_grow(struct gathered *g, struct slots *s, uint32_t (*hash)(void *, uint32_t))
{
	uint32_t size = s->size ? s->size * 2 : 4096;
	uint32_t *at = calloc(size, sizeof(*at));

	if (!at) {
		g->err = ERR_MEMORY;
		return false;
	}
	for (uint32_t i = 0; i < s->size; i++) {
		uint32_t slot;
		if (s->at[i] == 0)
			continue;
		for (slot = hash(g, s->at[i] - 1) & (size - 1); at[slot];
		     slot = (slot + 1) & (size - 1))
			;
		at[slot] = s->at[i];
	}
	free(s->at);
	s->at = at;
	s->size = size;
	return true;
}

static uint32_t spelling_hash(void *context, uint32_t number)
{
	return ITEMS(((struct gathered *)context)->spellings, struct spelling)[number].hash;
}

static uint32_t term_hash(void *context, uint32_t number)
{
	return ITEMS(((struct gathered *)context)->terms, struct batch_term)[number].hash;
}

/* The number of a term in this batch. */
static uint32_t term_number(struct gathered *g, const struct term *term)
{
	struct batch_term new_one = {.term = *term, .record = UINT32_MAX};
	uint32_t hash = word_hash(bytes_of(term->b, term->size), 0), slot;

	if (g->by_term.count >= g->by_term.size / 2 && !slots_grow(g, &g->by_term, term_hash))
		return NO_TERM;
	for (slot = hash & (g->by_term.size - 1); g->by_term.at[slot];
	     slot = (slot + 1) & (g->by_term.size - 1)) {
		const struct batch_term *known =
		    &ITEMS(g->terms, struct batch_term)[g->by_term.at[slot] - 1];
		if (known->hash == hash && known->term.size == term->size &&
		    memcmp(known->term.b, term->b, term->size) == 0)
			return g->by_term.at[slot] - 1;
	}
	new_one.hash = hash;
	writer_put(&g->terms, &new_one, sizeof(new_one));
	g->by_term.at[slot] = ++g->by_term.count;
	return g->by_term.count - 1;
}

/* Most words stand many times in a batch: what they are made of is worked out once. hash: of the word and its language. */
static uint32_t number_of(
    struct gathered *g, struct bytes word, enum words_lang lang, uint32_t hash)
{
	struct spelling new_one;
	struct term term;
	uint32_t slot = 0;

	if (word.size <= SPELLING_SIZE_MAX) {
		new_one.hash = hash;
		if (g->by_spelling.count >= g->by_spelling.size / 2 &&
		    !slots_grow(g, &g->by_spelling, spelling_hash))
			return NO_TERM;
		for (slot = new_one.hash & (g->by_spelling.size - 1); g->by_spelling.at[slot];
		     slot = (slot + 1) & (g->by_spelling.size - 1)) {
			const struct spelling *known =
			    &ITEMS(g->spellings, struct spelling)[g->by_spelling.at[slot] - 1];
			if (known->hash == new_one.hash && known->size == word.size &&
			    known->lang == lang && memcmp(known->b, word.data, word.size) == 0)
				return known->term;
		}
	}
	new_one.term =
	    word_cache_term(g->cache, word, lang, &term) ? term_number(g, &term) : NO_TERM;
	if (word.size <= SPELLING_SIZE_MAX && g->by_spelling.count < SPELLINGS_MAX) {
		new_one.size = (uint8_t)word.size;
		new_one.lang = (uint8_t)lang;
		memcpy(new_one.b, word.data, word.size);
		writer_put(&g->spellings, &new_one, sizeof(new_one));
		g->by_spelling.at[slot] = ++g->by_spelling.count;
	}
	return new_one.term;
}

static bool has_failed(struct gathered *g)
{
	if (g->terms.err || g->spellings.err || g->postings.err || g->records.err)
		g->err = ERR_MEMORY;
	return g->err != ERR_NONE;
}

static void count_term(struct gathered *g, uint32_t number, uint32_t times)
{
	struct batch_term *term = &ITEMS(g->terms, struct batch_term)[number];
	struct batch_posting posting = {number, g->record, times};

	if (term->record == g->record) {
		ITEMS(g->postings, struct batch_posting)[term->last].times += times;
		return;
	}
	term->record = g->record;
	term->last = COUNT(g->postings, struct batch_posting);
	term->count++;
	writer_put(&g->postings, &posting, sizeof(posting));
}

/* Words that are looked up together: their places in memory are asked for before the first is needed. */
#define WORDS_AT_ONCE 16
struct seen_word {
	struct bytes word;
	uint32_t hash;
	uint32_t number;
};

static size_t see_words(
    const struct gathered *g, struct bytes *rest, enum words_lang lang, struct seen_word *seen)
{
	size_t count = 0;

	for (; count < WORDS_AT_ONCE && words_next(rest, &seen[count].word); count++) {
		seen[count].hash = word_hash(seen[count].word, lang + 1u);
		__builtin_prefetch(
		    &g->by_spelling.at[seen[count].hash & (g->by_spelling.size - 1)]);
	}
	for (size_t i = 0; i < count; i++) {
		uint32_t number = g->by_spelling.at[seen[i].hash & (g->by_spelling.size - 1)];
		if (number > 0)
			__builtin_prefetch(&ITEMS(g->spellings, struct spelling)[number - 1]);
	}
	return count;
}

static bool take_words(
    struct gathered *g, struct seen_word *seen, size_t count, enum words_lang lang, bool is_title)
{
	for (size_t i = 0; i < count; i++) {
		seen[i].number = number_of(g, seen[i].word, lang, seen[i].hash);
		if (seen[i].number != NO_TERM)
			__builtin_prefetch(&ITEMS(g->terms, struct batch_term)[seen[i].number], 1);
	}
	for (size_t i = 0; i < count; i++) {
		if (has_failed(g))
			return false;
		if (seen[i].number == NO_TERM)
			continue;
		g->words_seen++;
		count_term(g, seen[i].number, is_title ? TITLE_TIMES : 1);
		if (COUNT(g->postings, struct batch_posting) - g->first_posting >= RECORD_TERMS_MAX)
			return false;
	}
	return true;
}

static bool take_text(void *context, const struct view_text *text)
{
	struct seen_word seen[WORDS_AT_ONCE];
	struct gathered *g = context;
	struct bytes rest = text->text;
	enum words_lang lang = view_text_words(text);
	size_t count;

	while ((count = see_words(g, &rest, lang, seen)) > 0)
		if (!take_words(g, seen, count, lang, text->is_title))
			return false;
	return true;
}

static void gather(struct gathered *g, const struct view_record *r)
{
	struct batch_record record = {.arrival = r->arrival};
	uint32_t count;

	g->record = COUNT(g->records, struct batch_record);
	g->first_posting = COUNT(g->postings, struct batch_posting);
	g->words_seen = 0;
	view_texts(r->payload, kind_by_number(r->record->header.kind), take_text, g);
	count = COUNT(g->postings, struct batch_posting);
	if (count == g->first_posting)
		return;
	record.class_of = view_class_of(g->words_seen);
	writer_put(&g->records, &record, sizeof(record));
}

/* --- the builder ----------------------------------------------------------------------------- */

static void words_release(void *state)
{
	struct gathered *g = state;

	free(g->by_spelling.at);
	free(g->by_term.at);
	writer_release(&g->spellings);
	writer_release(&g->terms);
	writer_release(&g->postings);
	writer_release(&g->records);
	writer_release(&g->forgotten);
	run_writer_release(&g->run);
	free(g);
}

static void *words_begin(struct view_batch *batch)
{
	struct gathered *g = calloc(1, sizeof(*g));

	if (g && !*batch->word_cache)
		*batch->word_cache = word_cache_new();
	if (!g)
		return NULL;
	g->cache = *batch->word_cache;
	if (!g->cache || !slots_grow(g, &g->by_spelling, spelling_hash) ||
	    !slots_grow(g, &g->by_term, term_hash)) {
		words_release(g);
		return NULL;
	}
	return g;
}

/* A record of this batch has been taken as it is now, and so has a revisit before. */
static bool is_taken(const struct gathered *g, const struct view_record *r)
{
	const struct batch_record *records = ITEMS(g->records, const struct batch_record);

	if (g->first > 0 && r->arrival >= g->first)
		return true;
	for (uint32_t i = COUNT(g->records, struct batch_record); i > 0; i--) {
		if (records[i - 1].arrival == r->arrival)
			return true;
	}
	return false;
}

static void words_take(void *state, struct view_batch *batch, const struct view_record *r)
{
	struct gathered *g = state;

	if (!r->is_revisit) {
		g->first = g->first > 0 ? g->first : r->arrival;
		g->last = r->arrival;
	}
	if (r->record->header.kind <= KIND_NETWORK_MAX || has_failed(g))
		return;
	if (!r->is_revisit) {
		gather(g, r);
	} else if (!is_taken(g, r)) {
		bool is_known = word_class_get(&batch->views, r->arrival) >= 0;

		g->is_unordered = true;
		if (is_known && r->record->state == RECORD_ERASED)
			writer_put(&g->forgotten, &r->arrival, sizeof(r->arrival));
		else if (!is_known)
			gather(g, r);
	}
}

/* --- writing --------------------------------------------------------------------------------- */

/* A term among those of the batch: most comparisons end with its first bytes. */
struct term_order {
	uint64_t head;
	uint32_t term;
};

static uint64_t term_head(const struct term *term)
{
	uint8_t head[8] = {0};

	memcpy(head, term->b, term->size < sizeof(head) ? term->size : sizeof(head));
	return be64_get(head);
}

static int compare_terms(const void *a, const void *b, void *context)
{
	const struct term_order *x = a, *y = b;
	const struct batch_term *terms = context;

	if (x->head != y->head)
		return x->head < y->head ? -1 : 1;
	return bytes_compare(bytes_of(terms[x->term].term.b, terms[x->term].term.size),
	    bytes_of(terms[y->term].term.b, terms[y->term].term.size));
}

static int compare_postings(const void *a, const void *b, void *context)
{
	const struct batch_record *records = context;
	uint64_t x = records[((const struct batch_posting *)a)->record].arrival;
	uint64_t y = records[((const struct batch_posting *)b)->record].arrival;

	return (x > y) - (x < y);
}

/* The batch's postings, term by term. */
struct sorted {
	struct term_order *order;
	struct batch_posting *postings;
	struct writer run;   /* struct posting: of one term in one span */
	struct writer spans; /* u32: those that the batch has something for, ascending */
};

static int compare_spans(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static uint32_t span_of(uint64_t arrival)
{
	return (uint32_t)(arrival >> VIEW_SPAN_BITS);
}

static void find_spans(struct gathered *g, struct writer *spans)
{
	const struct batch_record *records = ITEMS(g->records, const struct batch_record);
	uint32_t count = COUNT(g->records, struct batch_record), kept = 0;
	uint32_t *all;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t span = span_of(records[i].arrival);
		if (i == 0 || span != span_of(records[i - 1].arrival))
			writer_put(spans, &span, sizeof(span));
	}
	all = ITEMS(*spans, uint32_t);
	count = COUNT(*spans, uint32_t);
	if (count > 1)
		qsort(all, count, sizeof(*all), compare_spans);
	for (uint32_t i = 0; i < count; i++)
		if (i == 0 || all[i] != all[i - 1])
			all[kept++] = all[i];
	spans->size = kept * sizeof(*all);
}

/* Terms by their bytes, postings by term and in the order of their records; count of a term becomes the end of its
 * postings. */
static bool sort_terms(struct gathered *g, struct sorted *s)
{
	struct batch_term *terms = ITEMS(g->terms, struct batch_term);
	const struct batch_posting *postings = ITEMS(g->postings, const struct batch_posting);
	uint32_t term_count = COUNT(g->terms, struct batch_term);
	uint32_t count = COUNT(g->postings, struct batch_posting), at = 0;

	s->order = malloc((term_count + 1) * sizeof(*s->order));
	s->postings = malloc((count + 1) * sizeof(*s->postings));
	if (!s->order || !s->postings)
		return false;
	for (uint32_t i = 0; i < term_count; i++)
		s->order[i] = (struct term_order){term_head(&terms[i].term), i};
	qsort_r(s->order, term_count, sizeof(*s->order), compare_terms, terms);
	for (uint32_t i = 0; i < term_count; i++) {
		struct batch_term *term = &terms[s->order[i].term];
		uint32_t size = term->count;
		term->count = at; /* from here on: where its next posting goes */
		at += size;
	}
	for (uint32_t i = 0; i < count; i++)
		s->postings[terms[postings[i].term].count++] = postings[i];
	at = 0;
	for (uint32_t i = 0; g->is_unordered && i < term_count; i++) {
		uint32_t end = terms[s->order[i].term].count;
		qsort_r(s->postings + at, end - at, sizeof(*s->postings), compare_postings,
		    g->records.data);
		at = end;
	}
	return true;
}

/* What the batch has for one span, as a run. */
static void put_run(struct gathered *g, struct txn *t, struct sorted *s, uint32_t span)
{
	const struct batch_record *records = ITEMS(g->records, const struct batch_record);
	const struct batch_term *terms = ITEMS(g->terms, const struct batch_term);
	uint32_t at = 0, record_count = 0;

	for (uint32_t i = 0; i < COUNT(g->terms, struct batch_term); i++) {
		const struct batch_term *term = &terms[s->order[i].term];

		writer_clear(&s->run);
		for (; at < term->count; at++) {
			const struct batch_posting *p = &s->postings[at];
			uint64_t arrival = records[p->record].arrival;
			struct posting one = {(uint16_t)arrival,
			    (uint8_t)(p->times < VIEW_TIMES_MAX ? p->times : VIEW_TIMES_MAX)};
			if (span_of(arrival) == span)
				writer_put(&s->run, &one, sizeof(one));
		}
		if (s->run.err != ERR_NONE)
			txn_fail(t, s->run.err, "no memory for words");
		run_put(&g->run, bytes_of(term->term.b, term->term.size),
		    ITEMS(s->run, const struct posting), COUNT(s->run, struct posting));
	}
	for (uint32_t i = 0; i < COUNT(g->records, struct batch_record); i++)
		record_count += span_of(records[i].arrival) == span;
	run_end(&g->run, t, span, record_count, NULL, 0);
}

/* Runs of the spans that were written to, and of one that is over now, become fewer. */
static void settle_runs(struct gathered *g, struct txn *t, const struct sorted *s)
{
	const uint32_t *spans = ITEMS(s->spans, const uint32_t);
	uint32_t newest = span_of(g->last), before = span_of(g->first > 0 ? g->first - 1 : 0);

	if (g->first > 0 && before < newest)
		runs_settle(&g->run, t, before, true);
	for (uint32_t i = 0; i < COUNT(s->spans, uint32_t) && t->err == ERR_NONE; i++)
		runs_settle(
		    &g->run, t, spans[i], g->first > 0 && spans[i] < newest && spans[i] > before);
}

static void put_terms(struct gathered *g, struct txn *t)
{
	struct sorted s = {0};

	find_spans(g, &s.spans);
	if (s.spans.err || !sort_terms(g, &s))
		txn_fail(t, ERR_MEMORY, "no memory for words");
	for (uint32_t i = 0; t->err == ERR_NONE && i < COUNT(s.spans, uint32_t); i++) {
		put_run(g, t, &s, ITEMS(s.spans, uint32_t)[i]);
		if (s.run.err)
			txn_fail(t, s.run.err, "no memory for words");
	}
	if (t->err == ERR_NONE)
		settle_runs(g, t, &s);
	free(s.order);
	free(s.postings);
	writer_release(&s.run);
	writer_release(&s.spans);
}

static int compare_arrivals(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Span by span, each rewritten once. */
static void put_forgotten(
    struct gathered *g, struct txn *t, struct word_classes *classes, struct word_lengths *lengths)
{
	uint64_t *all = ITEMS(g->forgotten, uint64_t);
	uint32_t count = COUNT(g->forgotten, uint64_t);
	uint16_t *positions = malloc((count + 1) * sizeof(*positions));

	if (!positions)
		txn_fail(t, ERR_MEMORY, "no memory for words");
	if (count > 0)
		qsort(all, count, sizeof(*all), compare_arrivals);
	for (uint32_t i = 0; t->err == ERR_NONE && i < count;) {
		uint32_t span = span_of(all[i]);
		size_t found = 0;

		for (; i < count && span_of(all[i]) == span; i++) {
			int class = word_classes_set(classes, t, all[i], -1);
			if (class < 0) /* named twice */
				continue;
			positions[found++] = (uint16_t)all[i];
			if (lengths->count[class] > 0)
				lengths->count[class]--;
		}
		if (found > 0)
			runs_drop(&g->run, t, span, positions, found);
	}
	free(positions);
}

static void words_end(void *state, struct view_batch *batch)
{
	struct gathered *g = state;
	const struct batch_record *records;
	struct word_classes classes = {0};
	struct word_lengths lengths;

	if (has_failed(g) || g->forgotten.err)
		txn_fail(&batch->views, ERR_MEMORY, "no memory for words");
	word_lengths_get(&batch->views, &lengths);
	put_forgotten(g, &batch->views, &classes, &lengths);
	put_terms(g, &batch->views);
	records = ITEMS(g->records, const struct batch_record);
	for (uint32_t i = 0; i < COUNT(g->records, struct batch_record); i++) {
		lengths.count[records[i].class_of]++;
		word_classes_set(&classes, &batch->views, records[i].arrival, records[i].class_of);
	}
	word_classes_end(&classes, &batch->views);
	word_lengths_put(&batch->views, &lengths);
}

const struct view_builder view_words = {"words", words_begin, words_take, words_end, words_release};
