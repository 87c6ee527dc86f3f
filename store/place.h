/* Where a record lies, found without trusting a row before it is checked: for looking for rot and for
 * mending it. Damage is an answer here, not an error of the transaction. */
#ifndef STORE_PLACE_H
#define STORE_PLACE_H

#include "store/segment.h"

enum place_state {
	PLACE_GOOD,    /* a row of headers holds it */
	PLACE_ROTTEN,  /* the row that begins at or before it does not match its check */
	PLACE_MISSING, /* no row holds it */
	PLACE_UNKNOWN  /* the runs do not say where it should lie */
};

struct place {
	enum place_state state;
	uint32_t log_no;  /* under which it is stored: a copy shares rows of the log beside it */
	uint64_t arrival; /* of the record */
	uint64_t count;	  /* records from it on that share its fate */
	struct segment segment; /* good: its row; borrowed */
	uint32_t position;	/* good: in the row */
	uint64_t row;		/* rotten: arrival that the row stands under */
	struct bytes rests; /* not good: what a row under the very arrival has of them; borrowed */
};

/* Of record index < size of a log; highest: the highest arrival given out. */
void place_find(struct place *out, struct txn *t, const struct log_row *row, uint64_t index,
    uint64_t size, uint64_t highest);
/* Header at the position of a good place, later ones included; empty when the row ends too early. */
struct bytes place_header(const struct place *p, uint32_t position);
/* Whether header and rest make a record whose payload, when present, is what the header promised. */
bool place_is_sound(struct bytes raw_header, struct bytes rest, struct record *out);

#endif
