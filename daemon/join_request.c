/* Takes stored JOIN messages apart. Apart from the rest of the daemon, because the names of
 * messages and those of sys/socket.h do not go together. */
#include "daemon/join_request.h"

#include <string.h>

#include "proto/msg.h"

/* What was stored came through the core's checks; a row that does not decode is left out. */
static bool request_decode(struct join_request *out, const struct change_request *change)
{
	struct msg_join join;
	struct record record;
	struct reader r;

	*out = (struct join_request){0};
	memcpy(out->code, change->code, sizeof(out->code));
	if (msg_join_decode(&join, change->join) || !member_kind_parse(&out->kind, join.kind) ||
	    join.territory.size > ROSTER_TERRITORY_MAX)
		return false;
	out->names = join.names;
	memcpy(out->territory, join.territory.data, join.territory.size);
	reader_init(&r, join.record);
	return !record_read(&record, &r) && record.state == RECORD_PRESENT &&
	       !log_open_decode(&out->open, record.payload);
}

bool join_request_next(struct join_request *out, struct reader *requests)
{
	struct change change;

	while (change_next(&change, requests))
		if (change.op == CHANGE_REQUEST && change.request.is_put &&
		    request_decode(out, &change.request))
			return true;
	return false;
}
