/* Amounts as people read them: records hold whole numbers of a currency's minor unit. */
#ifndef CLI_MONEY_H
#define CLI_MONEY_H

#include "proto/mp.h"

/* "1 200 000.00 MAD" for {amount: 120000000, currency: "MAD"}; false, and nothing written, for anything that is not such a
 * map: a peer's record may hold what no form lets through. */
bool money_text(struct writer *w, struct bytes map);

#endif
