/* The filters that queries share: --member, --region, --province, --theme, --status, --since, --until. */
#ifndef CLI_FILTER_H
#define CLI_FILTER_H

#include "cli/client.h"

#define FILTER_OPTIONS \
	{"--member", N_("CODE"), N_("of this member"), false}, \
	    {"--region", N_("CODE"), \
		N_("of members in this region: 01 to 12, or its longer codes"), false}, \
	    {"--province", N_("CODE"), \
		N_("of this province: a code like 05.081, or a member in it"), false}, \
	    {"--theme", N_("WORD"), N_("about this theme"), false}, \
	    {"--status", N_("WORD"), N_("with this status"), false}, \
	    {"--since", N_("DATE"), \
		N_("claimed time from this day on: YYYY, YYYY-MM or YYYY-MM-DD"), false}, \
	    {"--until", N_("DATE"), N_("claimed time up to this day, which counts"), false},

/* Those that were given, into params. The exit code; what is wrong was said. */
int filter_take(const struct args *args, struct row *params);
/* A kind by name into params. */
int filter_kind(const struct args *args, const char *name, struct row *params);
/* --kind A,B… besides a positional KIND (NULL: none), into params. */
int filter_kinds(const struct args *args, const char *name, struct row *params);
#define KIND_OPTION {"--kind", N_("KIND,…"), N_("of this kind, or of one of these"), true},
/* --as-of into params. */
int filter_as_of(const struct args *args, struct row *params);
#define AS_OF_OPTION \
	{"--as-of", N_("DATE"), \
	    N_("as it stood at the end of that day, by the times that authors claim"), false},

/* An answer without a row may mean that the member is misspelt: refuses a code that the roster does not know. NULL is
 * any member. */
int filter_check_member(struct client *c, const char *code);

#endif
