/* Collects approvals until the roster says that an entry counts. Decides nothing about entries: roster_check does. */
#include "daemon/drafts.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/config.h"
#include "daemon/job.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/row.h"
#include "daemon/source.h"
#include "proto/kinds.h"

/* A burst of approvals is looked at once. */
#define LOOK_MS 100
#define RETRY_MS 5000
#define PAGE_COUNT 500

struct look {
	struct job job;
	struct drafts *drafts;
	struct query_source source;
	char today[TODAY_SIZE + 1];
	struct writer
	    proposals; /* payloads of drafts, then of approvals: canonical maps back to back */
	struct writer approvals;
	enum err err;
	struct why why;
};

/* An entry that did not count, or was appended, with so many approvals. */
struct judged {
	struct hash entry;
	unsigned seen;
};

struct drafts {
	struct loop *loop;
	uv_timer_t timer;
	bool is_looking;
	bool is_behind; /* something came while it looked */
	struct judged *judged;
	size_t judged_count;
};

/* --- reading, off the loop -------------------------------------------------------------------- */

/* Appends the payloads of one page; cursor is empty after the last. */
static enum err page_take(struct bytes page, struct writer *out, struct writer *cursor)
{
	struct reader rows, r;
	uint32_t count;

	reader_init(&rows, mp_get(page, "rows"));
	count = mp_array(&rows);
	while (count-- && !rows.err) {
		reader_init(&r, mp_get(mp_raw(&rows), "payload"));
		struct bytes payload = mp_peek(&r) == MP_BIN ? mp_bin(&r) : (struct bytes){NULL, 0};
		if (mp_scan(payload) == ERR_NONE)
			writer_bytes(out, payload);
	}
	writer_clear(cursor);
	reader_init(&r, mp_get(page, "cursor"));
	if (mp_peek(&r) == MP_STR)
		writer_bytes(cursor, mp_str(&r));
	return rows.err ? rows.err : out->err;
}

/* Payloads of all records of a kind. */
static enum err list_payloads(struct look *look, const char *kind, struct writer *out)
{
	struct writer params = {0}, page = {0}, cursor = {0};
	enum err err;

	do {
		writer_clear(&params);
		writer_clear(&page);
		mp_put_map(&params, cursor.size ? 4 : 3);
		if (cursor.size) {
			mp_put_cstr(&params, "cursor");
			mp_put_str(&params, writer_view(&cursor));
		}
		row_str(&params, "kind", kind);
		row_uint(&params, "limit", PAGE_COUNT);
		row_bool(&params, "payload", true);
		err = query_run(&look->source, "list", writer_view(&params), &page, &look->why);
		if (!err)
			err = page_take(writer_view(&page), out, &cursor);
	} while (!err && cursor.size);
	writer_release(&params);
	writer_release(&page);
	writer_release(&cursor);
	return err;
}

static void look_run(struct job *job, void *context)
{
	struct look *look = (struct look *)job;

	(void)context;
	look->err = list_payloads(look, "roster.draft", &look->proposals);
	if (!look->err)
		look->err = list_payloads(look, "roster.approval", &look->approvals);
}

/* --- judging, on the loop --------------------------------------------------------------------- */

struct ballot {
	const struct hash *network;
	struct bytes entry;
	struct hash hash;
	uint64_t version;
	struct approval approvals[ROSTER_APPROVALS_MAX];
	unsigned count;
	unsigned seen; /* whether they verify or not */
	bool is_count_only;
};

static uint64_t uint_of(struct bytes map, const char *name)
{
	struct reader r;

	reader_init(&r, mp_get(map, name));
	return mp_uint(&r);
}

/* Whose signature holds, each key once; whether it is a coordinator's is for the roster to say. */
static void ballot_add(struct ballot *b, const struct approval *approval)
{
	b->seen++;
	if (b->is_count_only || b->count == ROSTER_APPROVALS_MAX)
		return;
	for (unsigned i = 0; i < b->count; i++)
		if (key_equal(&b->approvals[i].key, &approval->key))
			return;
	if (approval_verify(approval, b->network, b->version, b->entry))
		b->approvals[b->count++] = *approval;
}

static void ballot_add_drafted(struct ballot *b, struct bytes draft)
{
	struct approval approval;
	struct reader r;
	uint32_t count;

	reader_init(&r, mp_get(draft, "approvals"));
	count = mp_array(&r);
	while (count-- && !r.err) {
		mp_array_of(&r, 2);
		mp_bin_fixed(&r, approval.key.b, KEY_SIZE);
		mp_bin_fixed(&r, approval.sig.b, SIG_SIZE);
		if (!r.err)
			ballot_add(b, &approval);
	}
}

static bool fixed_of(struct bytes map, const char *name, void *out, size_t size)
{
	struct reader r;

	reader_init(&r, mp_get(map, name));
	mp_bin_fixed(&r, out, size);
	return !r.err;
}

static void ballot_add_published(struct ballot *b, struct bytes approvals)
{
	struct reader r;
	struct hash named;
	struct approval approval;

	reader_init(&r, approvals);
	while (reader_left(&r) && !r.err) {
		struct bytes map = mp_raw(&r);
		if (fixed_of(map, "entry", named.b, HASH_SIZE) && hash_equal(&named, &b->hash) &&
		    fixed_of(map, "key", approval.key.b, KEY_SIZE) &&
		    fixed_of(map, "signature", approval.sig.b, SIG_SIZE))
			ballot_add(b, &approval);
	}
}

/* What was judged of this entry, or NULL. */
static struct judged *judged_find(const struct drafts *drafts, const struct hash *entry)
{
	for (size_t i = 0; i < drafts->judged_count; i++)
		if (hash_equal(&drafts->judged[i].entry, entry))
			return &drafts->judged[i];
	return NULL;
}

static void judged_note(struct drafts *drafts, const struct ballot *b)
{
	struct judged *judged = judged_find(drafts, &b->hash);

	if (!judged) {
		struct judged *more =
		    realloc(drafts->judged, (drafts->judged_count + 1) * sizeof(*more));
		if (!more)
			return; /* verified again the next time */
		drafts->judged = more;
		judged = &drafts->judged[drafts->judged_count++];
	}
	*judged = (struct judged){b->hash, b->seen};
}

/* Counts first: signatures are verified only when there are more of them than at the last judgement. */
static bool ballot_take(
    struct ballot *b, struct drafts *drafts, struct bytes draft, struct bytes approvals)
{
	const struct judged *judged;

	seal_sha256(&b->hash, b->entry);
	b->is_count_only = true;
	ballot_add_drafted(b, draft);
	ballot_add_published(b, approvals);
	judged = judged_find(drafts, &b->hash);
	if (judged && judged->seen == b->seen)
		return false;
	judged_note(drafts, b);
	b->is_count_only = false;
	ballot_add_drafted(b, draft);
	ballot_add_published(b, approvals);
	return true;
}

static void follow_after(struct drafts *drafts, uint64_t ms);

static void appended(void *context, enum err err, const char *text, struct bytes data)
{
	struct drafts *drafts = context;

	(void)data;
	if (drafts->loop->is_stopping)
		return;
	if (err) {
		log_line(LEVEL_WARNING, "a draft that counts was not appended: %s", text);
		drafts->judged_count = 0;
	} else {
		log_line(LEVEL_INFO, "a draft has all its approvals: appended to the roster");
	}
	/* The next one is judged by the roster as it is now. */
	follow_after(drafts, err ? RETRY_MS : LOOK_MS);
}

/* true when an entry goes into the roster. */
static bool submit_if_counts(struct drafts *drafts, const struct look *look, struct bytes draft)
{
	struct loop *loop = drafts->loop;
	struct core *core = loop_turn(loop);
	const struct roster *roster = core_roster(core);
	struct ballot b = {.network = roster_network(roster),
	    .entry = mp_get(draft, "entry"),
	    .version = uint_of(draft, "version")};
	struct writer payload = {0};
	uint64_t request = 0;

	if (b.entry.size == 0 || b.version != roster_set_version(roster))
		return false;
	if (!ballot_take(&b, drafts, draft, writer_view(&look->approvals)))
		return false;
	roster_payload_encode(&payload, b.entry, b.approvals, b.count);
	if (!payload.err && roster_check(roster, writer_view(&payload), NULL) == ERR_NONE)
		request = loop_request(loop, appended, drafts);
	if (request) {
		core_roster_append(core, request, writer_view(&payload));
		loop_act(loop);
	}
	writer_release(&payload);
	return request != 0;
}

static void look_done(struct job *job)
{
	struct look *look = (struct look *)job;
	struct drafts *drafts = look->drafts;
	struct reader r;
	bool is_submitted = false;

	drafts->is_looking = false;
	if (look->err && look->err != ERR_CLOSED)
		log_line(LEVEL_WARNING, "drafts of the roster: %s",
		    look->why.text[0] ? look->why.text : err_text(look->err));
	reader_init(&r, writer_view(&look->proposals));
	while (!look->err && !is_submitted && reader_left(&r) && !r.err)
		is_submitted = submit_if_counts(drafts, look, mp_raw(&r));
	writer_release(&look->proposals);
	writer_release(&look->approvals);
	free(look);
	if (drafts->is_behind && !drafts->loop->is_stopping)
		drafts_follow(drafts);
}

static void on_timer(uv_timer_t *timer)
{
	struct drafts *drafts = timer->data;
	struct look *look = calloc(1, sizeof(*look));

	if (!look)
		return;
	drafts->is_looking = true;
	drafts->is_behind = false;
	look->job = (struct job){look_run, look_done, NULL};
	look->drafts = drafts;
	look->err = ERR_CLOSED;
	source_init(&look->source, look->today, drafts->loop);
	job_push(drafts->loop->queries, &look->job);
}

struct drafts *drafts_new(struct loop *loop)
{
	struct drafts *drafts = calloc(1, sizeof(*drafts));

	if (!drafts || uv_timer_init(&loop->uv, &drafts->timer)) {
		free(drafts);
		return NULL;
	}
	drafts->loop = loop;
	drafts->timer.data = drafts;
	return drafts;
}

static void follow_after(struct drafts *drafts, uint64_t ms)
{
	drafts->is_behind = true;
	if (!drafts->is_looking && !uv_is_active((uv_handle_t *)&drafts->timer))
		uv_timer_start(&drafts->timer, on_timer, ms, 0);
}

void drafts_follow(struct drafts *drafts)
{
	/* Also for a coordinator alone: members draft what they ask for. */
	if (!drafts->loop->config->home.is_keeper)
		return;
	follow_after(drafts, LOOK_MS);
}

void drafts_stop(struct drafts *drafts)
{
	uv_close((uv_handle_t *)&drafts->timer, NULL);
}

void drafts_free(struct drafts *drafts)
{
	if (!drafts)
		return;
	free(drafts->judged);
	free(drafts);
}
