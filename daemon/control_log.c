/* A member's logs, and the end of this node's. Opening the next one needs the member key and no
 * daemon: the command line does it. */
#include <stdio.h>
#include <string.h>

#include "daemon/config.h"
#include "daemon/loop.h"
#include "daemon/methods.h"
#include "daemon/row.h"
#include "proto/kinds.h"
#include "proto/roster.h"

static const char *state_of(const struct log_info *log)
{
	if (log->state == LOG_FROZEN)
		return "frozen";
	if (log->cut.is_cut)
		return "cut";
	return log->state == LOG_CLOSED ? "closed" : "open";
}

/* SIZE-ROOT of the branch that the roster says stays, nil while it says nothing. */
static void put_stays(struct writer *w, const struct ruling *ruling, bool is_held)
{
	char hex[2 * HASH_SIZE + 1], text[32];

	if (!ruling) {
		mp_put_cstr(w, "stays");
		mp_put_nil(w);
		row_bool(w, "stays_held", false);
		return;
	}
	hex_encode(hex, BYTES(ruling->leaf.b));
	snprintf(text, sizeof(text), "%llu-%.8s", (unsigned long long)ruling->index, hex);
	row_str(w, "stays", text);
	row_bool(w, "stays_held", is_held);
}

static void put_log(struct writer *w, const struct core *core, const struct log_info *log)
{
	char name[CODE_SIZE_MAX + 16];
	bool is_frozen = log->state == LOG_FROZEN;

	if (log->number == 0)
		snprintf(name, sizeof(name), "roster");
	else if (log->number == 1)
		snprintf(name, sizeof(name), "%s", log->member);
	else
		snprintf(name, sizeof(name), "%s.%u", log->member, log->number);
	mp_put_map(w, is_frozen ? 11 : 9);
	row_bool(w, "admissible", log->is_admissible);
	row_bin(w, "log", log->key.b, KEY_SIZE);
	row_str(w, "member", log->member);
	row_str(w, "name", name);
	row_uint(w, "number", log->number);
	row_bool(w, "own", log->is_own);
	row_uint(w, "size", log->head.size);
	row_str(w, "state", state_of(log));
	if (is_frozen)
		put_stays(w, branch_named(core_roster(core), &log->key),
		    core_holds_named(core, &log->key));
	row_uint(w, "stored", log->stored);
}

/* All that this node knows, the roster's too, in the core's own order. */
static void list_all(struct call *call)
{
	const struct core *core = loop_turn(call->loop);
	struct writer rows = {0};
	struct log_info log;
	uint32_t count = 0;

	for (size_t i = 0; core_log(core, i, &log); i++)
		if (!log.is_copy) {
			put_log(&rows, core, &log);
			count++;
		}
	call_reply_rows(call, count, &rows);
	writer_release(&rows);
}

/* In the order of their numbers: the core has them by key. */
void method_log_list(struct call *call)
{
	enum err err = ERR_NONE;
	struct bytes member = call_str(call, "member", &err);
	const struct core *core = loop_turn(call->loop);
	const char *self = call->loop->config->home.member;
	struct log_info log;
	struct writer rows = {0};
	uint32_t count = 0;
	uint32_t number = 0, next;

	if (err) {
		call_fail(call, ERR_FIELD,
		    "bad code: it is a small letter, then at most 31 small letters, digits or "
		    "dashes",
		    NULL);
		return;
	}
	if (call_bool(call, "all", &err)) {
		list_all(call);
		return;
	}
	if (member.size == 0)
		member = bytes_str(self);
	do {
		next = UINT32_MAX;
		for (size_t i = 0; core_log(core, i, &log); i++) {
			if (!bytes_equal(bytes_str(log.member), member) || log.number == 0 ||
			    log.is_copy)
				continue;
			if (log.number == number) {
				put_log(&rows, core, &log);
				count++;
			} else if (log.number > number && log.number < next) {
				next = log.number;
			}
		}
		number = next;
	} while (next != UINT32_MAX);
	call_reply_rows(call, count, &rows);
	writer_release(&rows);
}

static void closed(void *context, enum err err, const char *text, struct bytes data)
{
	struct call *call = context;
	struct writer w = {0};
	struct reader r;
	char ref[CODE_SIZE_MAX + 40];

	if (err) {
		call_fail(call, err, text, NULL);
		return;
	}
	reader_init(&r, data);
	mp_array(&r);
	mp_array(&r);
	config_ref(call->loop->config, mp_uint(&r), ref, sizeof(ref));
	mp_put_map(&w, 2);
	row_bin(&w, "log", call->loop->config->home.log.b, KEY_SIZE);
	row_str(&w, "ref", ref);
	call_reply(call, writer_view(&w));
	writer_release(&w);
}

void method_log_close(struct call *call)
{
	/* {} */
	static const struct publish_item item = {
	    .kind = KIND_LOG_CLOSE, .payload = {(const uint8_t *)"\x80", 1}};
	struct core *core = loop_turn(call->loop);
	uint64_t request = loop_request(call->loop, closed, call);

	if (!request) {
		call_fail(call, ERR_MEMORY, NULL, NULL);
		return;
	}
	core_publish(core, request, &item, 1, 0);
	loop_act(call->loop);
}
