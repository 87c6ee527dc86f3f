/* The territories of Morocco that are shipped as data (deploy/territories): whether a code is one of them, and which one
 * was probably meant. */
#ifndef CLI_TERRITORY_H
#define CLI_TERRITORY_H

#include "proto/bytes.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether a code (RR, RR.PPP, RR.PPP.CC, RR.PPP.CC.NN, MA-RR, each with @YYYY or without) is known. Of another year's
 * numbering only region and province are judged. True as well where no data is shipped. Safe on any thread. */
bool territory_is_known(struct bytes code);
/* The known one that a code or a name is most like, as "01.151.01.03 (Chefchaouen)"; false when none is near. */
bool territory_suggest(struct bytes text, char *out, size_t size);

/* The number of the region that a code (RR…, MA-RR) lies in, 1 to 12, or 0. */
unsigned territory_region(struct bytes code);
/* What a region is called, in Arabic or French; empty where no data is shipped. Lives as long as the program. */
struct bytes territory_region_name(unsigned region, bool is_arabic);

#endif
