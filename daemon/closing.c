/* Ends this node's log by its own last leaf, without peers. It closes only what may be signed at
 * once: listening needs others, and those are asked by a daemon that runs. */
#include "daemon/closing.h"

#include "daemon/config.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "proto/kinds.h"
#include "proto/rpc.h"

static void fail(struct loop *loop, enum err err, const char *text)
{
	log_line(LEVEL_ERROR, "the log was not closed: %s", text);
	loop_stop(loop, rpc_exit_code(err));
}

static void closed(void *context, enum err err, const char *text, struct bytes data)
{
	struct loop *loop = context;

	(void)data;
	if (loop->is_stopping)
		return;
	if (err) {
		fail(loop, err, text && *text ? text : err_text(err));
		return;
	}
	log_line(LEVEL_INFO, "the log is closed");
	loop_stop(loop, 0);
}

/* False without one in the store. */
static bool own_log(const struct core *core, struct log_info *out)
{
	for (size_t i = 0; core_log(core, i, out); i++)
		if (out->is_own && out->number > 0)
			return true;
	return false;
}

void closing_start(struct loop *loop)
{
	/* {} */
	static const struct publish_item close_item = {
	    .kind = KIND_LOG_CLOSE, .payload = {(const uint8_t *)"\x80", 1}};
	struct core *core = loop_turn(loop);
	struct log_info log;
	uint64_t request;

	if (own_log(core, &log) && log.state == LOG_CLOSED) {
		log_line(LEVEL_INFO, "the log was closed before");
		loop_stop(loop, 0);
	} else if (!(request = loop_request(loop, closed, loop))) {
		fail(loop, ERR_MEMORY, err_text(ERR_MEMORY));
	} else {
		core_publish(core, request, &close_item, 1, 0);
		loop_act(loop);
	}
}
