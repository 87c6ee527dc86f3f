/* Takes stored JOIN messages apart. Apart from the rest of the daemon, because the names of
 * messages and those of sys/socket.h do not go together. */
#include "daemon/join_request.h"

#include <stdio.h>
#include <string.h>

#include "proto/home.h"
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

/* One more fingerprint behind those that are named already; what finds no room is not named. */
static void name_one(char *list, size_t size, const char *fingerprint)
{
	size_t used = strlen(list);

	if (used + HOME_FINGERPRINT_SIZE + 2 < size)
		snprintf(list + used, size - used, "%s%s", used ? ", " : "", fingerprint);
}

enum err join_request_find(struct join_request *out, struct bytes requests, const char *code,
    const char *fingerprint, struct why *why)
{
	char all[4 * (HOME_FINGERPRINT_SIZE + 2)] = "", fits[sizeof(all)] = "";
	struct join_request request;
	struct reader r;
	unsigned count = 0;

	reader_init(&r, requests);
	while (join_request_next(&request, &r)) {
		char own[HOME_FINGERPRINT_SIZE + 1];
		if (strcmp(request.code, code) != 0)
			continue;
		home_fingerprint(own, &request.open.member_key);
		name_one(all, sizeof(all), own);
		if (strncmp(own, fingerprint, strlen(fingerprint)) != 0)
			continue;
		name_one(fits, sizeof(fits), own);
		*out = request;
		count++;
	}
	if (!all[0])
		return why_set(why, ERR_UNKNOWN,
		    "%s has not asked to join: hand out an invite with `commune invite %s`", code,
		    code);
	if (!count)
		return why_set(why, ERR_REFUSED,
		    strchr(all, ',') ? "the requests of %s have the fingerprints %s"
				     : "the request of %s has the fingerprint %s",
		    code, all);
	if (count > 1)
		return why_set(why, ERR_AMBIGUOUS,
		    "%u nodes ask to join as %s: choose with --fingerprint one of %s", count, code,
		    fits);
	return ERR_NONE;
}
