/* roster.csv beside a network.json: the members that the network names, or that were composed for
 * tests. It admits nobody; a coordinator does. */
#ifndef CLI_NETWORK_ROSTER_H
#define CLI_NETWORK_ROSTER_H

#include "cli/csv_table.h"
#include "cli/network_check.h"
#include "cli/row.h"

struct network_roster {
	struct csv_table table;
	size_t columns[7]; /* in the order of the file's description */
};

/* The file beside the network's. ERR_UNKNOWN when there is none, ERR_FIELD when it is no roster. A
 * zeroed struct is an empty roster. */
enum err network_roster_read(
    struct network_roster *roster, const char *network_path, struct why *why);
/* The same of a text; path is what errors call it. Released by the caller, also after an error. */
enum err network_roster_parse(
    struct network_roster *roster, struct bytes text, const char *path, struct why *why);
void network_roster_release(struct network_roster *roster);
/* Reports every mistake of its rows. */
void network_roster_check(const struct network_roster *roster, struct network_faults *faults);
/* The nth line as {"code","kind","territory","vintage","names","basis"}. */
void network_roster_row(const struct network_roster *roster, size_t nth, struct row *row);

#endif
