/* What the parts of a search share: search_match.c finds where the words stand, search_rank.c keeps the best,
 * query_search.c asks and answers. Nobody else includes it. */
#ifndef STORE_QUERY_SEARCH_H
#define STORE_QUERY_SEARCH_H

#include "store/query_filter.h"
#include "store/search_places.h"
#include "store/search_words.h"
#include "store/view_words.h"

/* Postings of one page, in the map while the transaction lasts. */
struct row_found {
	struct postings postings;
	uint32_t span;
	uint32_t first, last; /* places: none is below, none above */
};

struct clause_rows {
	const struct search_clause *clause;
	struct writer rows;    /* of struct row_found, by span */
	uint64_t count;	       /* of postings */
	size_t at;	       /* the next row, while spans are gone through backwards */
	uint32_t span;	       /* while rows are taken */
	bool is_whole;	       /* not the beginning of a word */
	bool goes_on;	       /* the row before is of the same term and run */
	struct places *places; /* in the span at hand */
	uint32_t scores[256];  /* by u4 how often ‖ u4 class of the record's length */
};

struct answer {
	uint32_t score;
	uint64_t arrival;
};

/* Levels of how often: more than 1, 2, 4, 8 times. */
#define SEARCH_LEVELS POSTINGS_PLANES_MAX

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
	struct word_lengths lengths;	 /* of all records */
	uint8_t classes[VIEW_SPAN_SIZE]; /* of the span at hand: one more than the class */
	uint64_t matches[VIEW_SPAN_SIZE / 64];
};

/* What the index holds of each clause, and what it is worth. */
void search_take_clauses(struct search *s);
/* The matches of a span, into the heap; the newest span comes first. */
void search_span(struct search *s, uint32_t span);

/* What a posting of the clause is worth, by its weight. */
void search_fill_scores(const struct search *s, struct clause_rows *c);
void search_consider_span(struct search *s, uint32_t span);
bool answer_is_worse(const struct answer *a, const struct answer *b);

#endif
