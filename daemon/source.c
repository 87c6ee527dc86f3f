/* Fills what a query needs to know of the network. */
#include "daemon/source.h"

#include "daemon/config.h"

void source_init(struct query_source *source, char today[static TODAY_SIZE + 1], struct loop *loop)
{
	struct core *core = loop_turn(loop);
	const struct checkpoint *head = core_own_head(core);
	uint64_t size;

	today_print(today, loop->wall, roster_zone(core_roster(core)));
	*source = (struct query_source){.store = loop->store,
	    .views = loop->views,
	    .network = loop->config->home.network,
	    .today = today};
	core_roster_log(core, &source->roster_log, &size);
	if (head)
		source->own_head = *head;
}
