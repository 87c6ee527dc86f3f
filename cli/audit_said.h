/* Who attested what a row of the audit is about, and how much evidence its member gave: what stands behind the words. */
#ifndef CLI_AUDIT_SAID_H
#define CLI_AUDIT_SAID_H

#include "cli/client.h"

/* Appends the row with `attested_by`, codes of members, and `evidence`, how many pieces. columns: the row's own fields.
 * The exit code. */
int audit_said_put(
    struct client *c, const struct column *columns, struct bytes row, struct writer *out);

#endif
