/* Every command of the table. One file each: cmd_VERB.c. */
#ifndef CLI_CMD_H
#define CLI_CMD_H

#include "cli/commands.h"

extern const struct command cmd_audit;
extern const struct command cmd_check;
extern const struct command cmd_compact;
extern const struct command cmd_diff;
extern const struct command cmd_export;
extern const struct command cmd_help;
extern const struct command cmd_history;
extern const struct command cmd_id;
extern const struct command cmd_import;
extern const struct command cmd_init;
extern const struct command cmd_invite;
extern const struct command cmd_join;
extern const struct command cmd_list;
extern const struct command cmd_log_close;
extern const struct command cmd_log_list;
extern const struct command cmd_log_open;
extern const struct command cmd_missing;
extern const struct command cmd_move;
extern const struct command cmd_network_check;
extern const struct command cmd_network_list;
extern const struct command cmd_network_new;
extern const struct command cmd_network_roster;
extern const struct command cmd_network_show;
extern const struct command cmd_outcomes;
extern const struct command cmd_peer_add;
extern const struct command cmd_peers;
extern const struct command cmd_prove;
extern const struct command cmd_publish;
extern const struct command cmd_report;
extern const struct command cmd_roster_admit;
extern const struct command cmd_roster_approve;
extern const struct command cmd_roster_list;
extern const struct command cmd_roster_pending;
extern const struct command cmd_roster_remove;
extern const struct command cmd_roster_rotate;
extern const struct command cmd_roster_name_branch;
extern const struct command cmd_schema;
extern const struct command cmd_search;
extern const struct command cmd_scores;
extern const struct command cmd_shares;
extern const struct command cmd_show;
extern const struct command cmd_status;
extern const struct command cmd_stop;
extern const struct command cmd_verify;
extern const struct command cmd_watch;

/* Not a verb of commune: the daemon's own command line, for its man page. */
extern const struct command cmd_communed;

#endif
