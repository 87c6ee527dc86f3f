/* commune stop: ends the daemon of the home. */
#include "cli/cmd.h"

#include "cli/client.h"
#include "cli/lang.h"

static int run(const struct args *args)
{
	struct row params = {0};

	return client_show(args, "stop", &params);
}

const struct command cmd_stop = {
    .verb = "stop",
    .summary = N_("end the daemon of the home"),
    .help = N_("The same as SIGTERM: what was acknowledged is on disk."),
    .flags = COMMAND_CARD,
    .run = run,
};
