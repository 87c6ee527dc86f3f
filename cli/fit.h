/* How a table fits a terminal: which columns it shows and how wide each is. Knows nothing of what is in the cells. */
#ifndef CLI_FIT_H
#define CLI_FIT_H

#include "cli/commands.h"

#define FIT_COLUMNS_MAX 48
#define FIT_GAP 2

struct fit {
	size_t width[FIT_COLUMNS_MAX]; /* 0: left out */
	size_t total;		       /* with the gaps; may be more than there is room for */
};

/* content and label: the widths that the cells and the heading of each column would have, count of them. room 0: there
 * is no end to a line. What cannot be typed again when it is cut (COLUMN_KEEP, times, numbers) is never narrower than
 * its content; columns marked COLUMN_SPARE are left out, the last first, before texts become unreadably short, those
 * marked COLUMN_RARE when they hold nothing.
 * may_leave_out false: the columns stay those of the fit that is passed in, because their heading is on the screen. */
void fit_columns(struct fit *fit, const struct column *const *columns, size_t count,
    const size_t *content, const size_t *label, size_t room, bool may_leave_out);

#endif
