/* Writes the words of a batch: sorted by term, a run for each span that it has something for. */
#include "store/word_batch.h"

#include <stdlib.h>
#include <string.h>

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

static void find_spans(struct word_batch *g, struct writer *spans)
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
static bool sort_terms(struct word_batch *g, struct sorted *s)
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
static void put_run(struct word_batch *g, struct txn *t, struct sorted *s, uint32_t span)
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
static void settle_runs(struct word_batch *g, struct txn *t, const struct sorted *s)
{
	const uint32_t *spans = ITEMS(s->spans, const uint32_t);
	uint32_t newest = span_of(g->last), before = span_of(g->first > 0 ? g->first - 1 : 0);

	if (g->first > 0 && before < newest)
		runs_settle(&g->run, t, before, true);
	for (uint32_t i = 0; i < COUNT(s->spans, uint32_t) && t->err == ERR_NONE; i++)
		runs_settle(
		    &g->run, t, spans[i], g->first > 0 && spans[i] < newest && spans[i] > before);
}

void word_batch_write(struct word_batch *g, struct txn *t)
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
