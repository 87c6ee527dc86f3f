/* Calls that wait for an arrival to be stored or indexed, or for their time to pass. */
#include <stdlib.h>

#include "daemon/client.h"
#include "daemon/indexer.h"
#include "daemon/loop.h"

static void on_timer(uv_timer_t *timer);

static void timer_set(struct control *control)
{
	uint64_t next = UINT64_MAX;
	uint64_t now = uv_now(&control->loop->uv);

	for (struct parked *parked = control->parked; parked; parked = parked->next)
		if (parked->deadline < next)
			next = parked->deadline;
	if (next == UINT64_MAX)
		uv_timer_stop(&control->timer);
	else
		uv_timer_start(&control->timer, on_timer, next > now ? next - now : 0, 0);
}

static bool has_come(const struct parked *parked, enum park_until until, uint64_t arrival)
{
	return parked->until == until && parked->arrival <= arrival;
}

/* Those whose arrival or time has come. The list is taken apart first: a resumed call may park
 * again. */
static void parked_resume(struct control *control, enum park_until until, uint64_t arrival)
{
	struct parked **at = &control->parked;
	struct parked *due = NULL, **last = &due;
	uint64_t now = uv_now(&control->loop->uv);

	while (*at) {
		struct parked *parked = *at;
		if (!has_come(parked, until, arrival) && parked->deadline > now) {
			at = &parked->next;
			continue;
		}
		*at = parked->next;
		parked->next = NULL;
		*last = parked;
		last = &parked->next;
	}
	while (due) {
		struct parked *parked = due;
		due = parked->next;
		parked->resume(parked->call, !has_come(parked, until, arrival));
		free(parked);
	}
	timer_set(control);
}

static void on_timer(uv_timer_t *timer)
{
	parked_resume(timer->data, PARK_STORED, 0);
}

void control_wake(struct control *control, enum park_until until, uint64_t arrival)
{
	if (control->parked)
		parked_resume(control, until, arrival);
}

void control_park(struct call *call, enum park_until until, uint64_t arrival, int64_t timeout_ms,
    control_resume_fn *resume)
{
	struct control *control = call->client->control;
	struct parked *parked = call->client->is_closed ? NULL : malloc(sizeof(*parked));

	if (!parked) {
		call_fail(call, ERR_MEMORY, NULL, NULL); /* nobody hears it who is gone */
		return;
	}
	*parked = (struct parked){call, until, arrival,
	    uv_now(&control->loop->uv) + (uint64_t)(timeout_ms > 0 ? timeout_ms : 0), resume,
	    control->parked};
	control->parked = parked;
	if (until == PARK_INDEXED && control->loop->indexer)
		indexer_want(control->loop->indexer, arrival);
	timer_set(control);
}

void park_forget(struct client *client)
{
	struct parked **at = &client->control->parked;

	while (*at) {
		struct parked *parked = *at;
		if (parked->call->client != client) {
			at = &parked->next;
			continue;
		}
		*at = parked->next;
		call_free(parked->call);
		free(parked);
		client->call_count--;
	}
}
