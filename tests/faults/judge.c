/* The store opened as communed opens it after the machine came back, and everything asked of it. The file numbers that the
 * store knows its own files by are those of the recording, whatever the image's are: the linker leads stat and fstat
 * through here. */
#include "tests/faults/judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "proto/kinds.h"
#include "proto/mp.h"
#include "proto/tree.h"
#include "store/query_run.h"
#include "store/segment.h"
#include "store/truth.h"
#include "store/views.h"

#define IDS_MAX 20000

static uint64_t data_inode, lock_inode;

int __real_stat(const char *path, struct stat *st);
int __wrap_stat(const char *path, struct stat *st);
int __real_fstat(int fd, struct stat *st);
int __wrap_fstat(int fd, struct stat *st);

int __wrap_stat(const char *path, struct stat *st)
{
	static const char name[] = "truth/data.mdb";
	size_t size = strlen(path);
	int code = __real_stat(path, st);

	if (code == 0 && data_inode && size >= sizeof(name) &&
	    strcmp(path + size - (sizeof(name) - 1), name) == 0)
		st->st_ino = data_inode;
	return code;
}

/* Only head.lock is looked at through its descriptor. */
int __wrap_fstat(int fd, struct stat *st)
{
	int code = __real_fstat(fd, st);

	if (code == 0 && lock_inode)
		st->st_ino = lock_inode;
	return code;
}

struct court {
	const struct judge *judge;
	struct judged *out;
	struct store *store;
	struct views *views;
	struct query_source source;
	struct hash *held; /* ids of all records, ascending */
	size_t held_count;
	size_t practices;
};

__attribute__((format(printf, 2, 3))) static void condemn(struct court *c, const char *format, ...)
{
	va_list args;

	if (c->out->text[0])
		return;
	va_start(args, format);
	vsnprintf(c->out->text, sizeof(c->out->text), format, args);
	va_end(args);
}

static bool is_fine(const struct court *c)
{
	return !c->out->text[0];
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, HASH_SIZE);
}

static bool holds(const struct court *c, const struct hash *id)
{
	return bsearch(id, c->held, c->held_count, sizeof(*c->held), compare) != NULL;
}

/* --- truth ----------------------------------------------------------------------------------- */

static void judge_lock(struct court *c)
{
	struct core_lock lock;
	struct why why = {0};
	struct log_row row = {0};
	struct txn t;

	if (store_lock(c->store, &c->judge->own, &lock, &why) != ERR_NONE) {
		condemn(c, "head.lock: %s", why.text);
		return;
	}
	txn_begin(&t, &c->store->env, TXN_READ);
	log_row_get(&t, &c->judge->own, &row);
	if (txn_end(&t, NULL) != ERR_NONE)
		condemn(c, "the own log cannot be read");
	/* The machine was started again, so peers are asked first; but the lock is this home's own. */
	if (lock.verdict != (c->judge->boot ? LOCK_LISTEN : LOCK_SIGN))
		condemn(c, "head.lock: verdict %d: %s", (int)lock.verdict, why.text);
	else if (lock.size > row.frontier.size)
		condemn(c, "head.lock has signed %llu records, %llu are stored",
		    (unsigned long long)lock.size, (unsigned long long)row.frontier.size);
	else if (row.head.size > row.frontier.size)
		condemn(c, "the head is ahead of the records");
}

static void query(struct court *c, const char *method, struct writer *params, struct writer *out)
{
	struct why why = {0};

	writer_clear(out);
	if (query_run(&c->source, method, writer_view(params), out, &why) != ERR_NONE)
		condemn(c, "%s: %s", method, why.text);
}

static void judge_hashes(struct court *c)
{
	struct writer params = {0}, out = {0};
	struct reader rows;
	uint32_t count;

	mp_put_map(&params, 1);
	mp_put_cstr(&params, "deep");
	mp_put_bool(&params, true);
	query(c, "verify", &params, &out);
	if (is_fine(c)) {
		reader_init(&rows, mp_get(writer_view(&out), "rows"));
		count = mp_array(&rows);
		if (count == 0)
			condemn(c, "verify knows no log");
		for (uint32_t i = 0; i < count; i++) {
			struct bytes row = mp_raw(&rows), reason = mp_get(row, "reason");
			struct reader ok;
			reader_init(&ok, mp_get(row, "ok"));
			if (mp_bool(&ok))
				continue;
			reader_init(&ok, reason);
			reason = mp_str(&ok);
			condemn(c, "verify: %.*s", (int)reason.size, (const char *)reason.data);
		}
	}
	writer_release(&params);
	writer_release(&out);
}

static void gather(struct court *c)
{
	struct record_walk walk;
	struct txn t;

	c->held = malloc(IDS_MAX * sizeof(*c->held));
	if (!c->held)
		exit(99);
	txn_begin(&t, &c->store->env, TXN_READ);
	record_walk_begin(&walk, &t);
	for (bool more = record_walk_arrival(&walk, 1); more && c->held_count < IDS_MAX;
	     more = record_walk_next_arrival(&walk)) {
		struct record record;
		if (!record_walk_record(&walk, &record))
			break;
		tree_leaf_hash(&c->held[c->held_count++], record.raw_header);
		c->practices += record.header.kind == KIND_PRACTICE;
	}
	record_walk_end(&walk);
	if (txn_end(&t, NULL) != ERR_NONE)
		condemn(c, "the records cannot be walked: %s", t.why.text);
	if (c->held_count != store_arrivals(c->store))
		condemn(c, "%zu records under %llu arrivals", c->held_count,
		    (unsigned long long)store_arrivals(c->store));
	qsort(c->held, c->held_count, sizeof(*c->held), compare);
}

static void judge_promises(struct court *c)
{
	size_t lost = 0;

	for (size_t i = 0; i < c->judge->id_count; i++)
		lost += !holds(c, &c->judge->ids[i]);
	if (lost)
		condemn(c, "%zu of %zu acknowledged records are lost", lost, c->judge->id_count);
}

/* What was freed may not be what is in use: something is written, and everything read again. */
static void judge_writing(struct court *c)
{
	struct change_draft draft = {.number = 1000000, .is_put = true, .kind = KIND_PRACTICE};
	struct writer change = {0}, payload = {0};
	struct change_result result;
	struct why why = {0};
	struct bytes view;

	for (int i = 0; i < 5000; i++)
		writer_str(&payload, "xxxxxxxx");
	draft.payload = writer_view(&payload);
	for (int i = 0; i < 3; i++, draft.number++) {
		writer_clear(&change);
		change_put_draft(&change, &draft);
		view = writer_view(&change);
		if (store_apply(c->store, &view, 1, &result, &why) != ERR_NONE)
			condemn(c, "nothing can be written: %s", why.text);
	}
	writer_release(&change);
	writer_release(&payload);
}

/* --- views ----------------------------------------------------------------------------------- */

static void judge_list(struct court *c)
{
	struct writer params = {0}, out = {0};
	struct reader r;
	struct bytes cursor = {0};
	char last[32] = "";
	size_t listed = 0;

	do {
		writer_clear(&params);
		mp_put_map(&params, *last ? 2 : 1);
		if (*last) {
			mp_put_cstr(&params, "cursor");
			mp_put_cstr(&params, last);
		}
		mp_put_cstr(&params, "kind");
		mp_put_cstr(&params, "practice");
		query(c, "list", &params, &out);
		if (!is_fine(c))
			break;
		reader_init(&r, mp_get(writer_view(&out), "rows"));
		for (uint32_t left = mp_array(&r); left > 0; left--) {
			struct bytes row = mp_raw(&r);
			struct reader id_reader;
			struct hash id;
			reader_init(&id_reader, mp_get(row, "id"));
			mp_bin_fixed(&id_reader, id.b, HASH_SIZE);
			if (id_reader.err || !holds(c, &id))
				condemn(c, "list has a record that is not stored");
			listed++;
		}
		reader_init(&r, mp_get(writer_view(&out), "cursor"));
		cursor = mp_peek(&r) == MP_STR ? mp_str(&r) : (struct bytes){0};
		snprintf(last, sizeof(last), "%.*s", (int)cursor.size, (const char *)cursor.data);
	} while (*last);
	if (listed != c->practices)
		condemn(c, "list has %zu practices of %zu", listed, c->practices);
	writer_release(&params);
	writer_release(&out);
}

static void judge_search(struct court *c)
{
	struct writer params = {0}, out = {0};
	struct reader r;
	uint32_t found;

	mp_put_map(&params, 2);
	mp_put_cstr(&params, "limit");
	mp_put_uint(&params, 1000);
	mp_put_cstr(&params, "words");
	mp_put_cstr(&params, "commune");
	query(c, "search", &params, &out);
	if (is_fine(c)) {
		reader_init(&r, mp_get(writer_view(&out), "rows"));
		found = mp_array(&r);
		if (found != c->practices)
			condemn(c, "search finds %u practices of %zu", found, c->practices);
	}
	writer_release(&params);
	writer_release(&out);
}

static void judge_views(struct court *c)
{
	bool more = true;
	struct why why = {0};

	c->out->were_views_kept = views_arrival(c->views) > 0;
	while (more && is_fine(c))
		if (views_index(c->views, c->store, 100000, &more, &why) != ERR_NONE)
			condemn(c, "views: %s", why.text);
	if (is_fine(c))
		judge_list(c);
	if (is_fine(c))
		judge_search(c);
}

static bool open_home(struct court *c)
{
	struct store_options options = {.boot_id_path = c->judge->boot};
	struct why why = {0};

	c->store = store_open(c->judge->home, &options, &why);
	if (!c->store) {
		condemn(c, "the truth does not open: %s", why.text);
		return false;
	}
	judge_lock(c);
	if (memcmp(store_id(c->store), c->judge->store_id, STORE_ID_SIZE) != 0)
		condemn(c, "the store takes itself for another one");
	c->views = views_open(c->store, c->judge->home, &why);
	if (!c->views)
		condemn(c, "the views do not open: %s", why.text);
	c->source = (struct query_source){.store = c->store,
	    .views = c->views,
	    .network = c->judge->network,
	    .today = "2026-06-15"};
	return c->views != NULL;
}

void judge_home(const struct judge *j, struct judged *out)
{
	struct court c = {.judge = j, .out = out};
	bool is_open;

	data_inode = j->data_inode;
	lock_inode = j->lock_inode;
	is_open = open_home(&c);
	if (is_open && is_fine(&c))
		judge_hashes(&c);
	if (is_open && is_fine(&c))
		gather(&c);
	if (is_open && is_fine(&c))
		judge_promises(&c);
	/* To build views anew takes longer than the rest. */
	if (is_open && is_fine(&c) && (views_arrival(c.views) > 0 || j->turn % 8 == 0))
		judge_views(&c);
	if (is_open && is_fine(&c) && j->turn % 3 == 0) {
		judge_writing(&c);
		judge_hashes(&c);
	}
	if (c.views)
		views_close(c.views);
	store_close(c.store);
	free(c.held);
}
