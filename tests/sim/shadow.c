/* Keeps a real store in step with a model. Where it lies and how it is copied is decided here; what
 * has to be equal is everything that the core could see. */
#include "tests/sim/shadow.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/listen.h"
#include "store/store.h"
#include "tests/sim/world.h"

#define MAP_SIZE (1ull << 30)

struct shadow {
	char home[128];
	struct store *store;
};

static void path_of(const struct shadow *s, char out[static 256], const char *name)
{
	snprintf(out, 256, "%s/%s", s->home, name);
}

/* --- files ----------------------------------------------------------------------------------- */

static void write_file(const char *path, struct bytes in)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert(fd >= 0);
	assert(write(fd, in.data, in.size) == (ssize_t)in.size);
	close(fd);
}

static void read_file(const char *path, struct writer *out)
{
	uint8_t buffer[65536];
	ssize_t size;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert(fd >= 0);
	while ((size = read(fd, buffer, sizeof(buffer))) > 0)
		writer_put(out, buffer, (size_t)size);
	close(fd);
}

static void copy_file(const char *from, const char *to)
{
	struct writer content = {0};

	read_file(from, &content);
	write_file(to, writer_view(&content));
	writer_release(&content);
}

/* --- life ------------------------------------------------------------------------------------ */

static void open_store(struct world *w, struct shadow *s)
{
	struct store_options options = {.map_size = MAP_SIZE, .quota = MAP_SIZE / 2};
	struct why why = {0};

	s->store = store_open(s->home, &options, &why);
	if (!s->store)
		world_fail(w, "lmdb", "the store does not open: %s", why.text);
}

/* The lock file has to name this machine and its own inode, so it is written once it exists. */
static void write_lock(const struct shadow *s, const struct world *w, const struct node *node)
{
	const struct key logs[2] = {node->log, w->people.roster_log};
	struct writer file = {0}, machine = {0}, boot = {0};
	struct listen_here here;
	struct stat stat_buf;
	char path[256];

	path_of(s, path, "head.lock");
	write_file(path, (struct bytes){0});
	assert(stat(path, &stat_buf) == 0);
	read_file("/etc/machine-id", &machine);
	read_file("/proc/sys/kernel/random/boot_id", &boot);
	listen_here_parse(
	    &here, writer_view(&machine), writer_view(&boot), (uint64_t)stat_buf.st_ino);
	listen_file(&file, logs, 2, &here);
	write_file(path, writer_view(&file));
	writer_release(&file);
	writer_release(&machine);
	writer_release(&boot);
}

struct shadow *shadow_new(struct world *w, const struct node *node)
{
	const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	struct shadow *s = calloc(1, sizeof(*s));

	assert(s);
	snprintf(s->home, sizeof(s->home), "%s/open-communes-sim-XXXXXX", base);
	assert(mkdtemp(s->home));
	write_lock(s, w, node);
	open_store(w, s);
	return s;
}

void shadow_free(struct shadow *s)
{
	static const char *const files[] = {"truth/data.mdb", "truth/lock.mdb", "head.lock", "lock",
	    "truth/lock", "claim", "image0", "image1", "image2", "truth"};
	char path[256];

	if (!s)
		return;
	store_close(s->store);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		path_of(s, path, files[i]);
		remove(path);
	}
	if (rmdir(s->home) != 0)
		fprintf(stderr, "sim: %s is left behind\n", s->home);
	free(s);
}

/* --- the same, twice ------------------------------------------------------------------------- */

static void apply_one(struct world *w, const struct node *node, const struct pending *p)
{
	struct bytes change = writer_view(&p->data);
	struct change_result result;
	struct why why = {0};
	enum err err = store_apply(node->shadow->store, &change, 1, &result, &why);

	if (err != p->err)
		world_fail(w, "lmdb",
		    "n%u: the store answers a change with %s, the model with %s: %s", node->at,
		    err_name(err), err_name(p->err), why.text);
}

static void apply_all(struct world *w, const struct node *node, size_t count)
{
	struct bytes *changes = calloc(count, sizeof(*changes));
	struct change_result *results = calloc(count, sizeof(*results));
	struct why why = {0};
	size_t i = 0;

	assert(changes && results);
	for (const struct pending *p = node->disk.group; p; p = p->next)
		changes[i++] = writer_view(&p->data);
	if (store_apply(node->shadow->store, changes, count, results, &why))
		world_fail(w, "lmdb", "n%u: the store refuses a group: %s", node->at, why.text);
	i = 0;
	for (const struct pending *p = node->disk.group; p; p = p->next, i++)
		if (results[i].arrival != p->result.arrival ||
		    results[i].has_reread != p->result.has_reread ||
		    (p->result.has_reread && !hash_equal(&results[i].reread, &p->result.reread)))
			world_fail(w, "lmdb", "n%u: the store reports another result of a change",
			    node->at);
	free(changes);
	free(results);
}

void shadow_apply(struct world *w, struct node *node)
{
	size_t count = 0;
	bool any_failed = false;

	if (w->has_failed)
		return;
	for (const struct pending *p = node->disk.group; p; p = p->next) {
		count++;
		any_failed |= p->err != ERR_NONE;
	}
	if (!any_failed)
		apply_all(w, node, count);
	for (const struct pending *p = node->disk.group; any_failed && p; p = p->next)
		apply_one(w, node, p);
	if (chance_hit(&w->disk_chance, 50))
		shadow_compare(w, node);
}

static void find_difference(
    struct world *w, const struct node *node, struct bytes a, struct bytes b)
{
	struct reader ra, rb;
	struct change ca, cb;
	unsigned number = 0;

	reader_init(&ra, a);
	reader_init(&rb, b);
	for (;; number++) {
		const uint8_t *at = ra.at, *bt = rb.at;
		bool has_a = change_next(&ca, &ra), has_b = change_next(&cb, &rb);
		if (has_a && has_b &&
		    bytes_equal(
			bytes_of(at, (size_t)(ra.at - at)), bytes_of(bt, (size_t)(rb.at - bt))))
			continue;
		world_fail(w, "lmdb",
		    "n%u: dumps differ at operation %u: %d of %zu bytes in the store, %d of %zu in "
		    "the model",
		    node->at, number, has_a ? (int)ca.op : 0, (size_t)(ra.at - at),
		    has_b ? (int)cb.op : 0, (size_t)(rb.at - bt));
		return;
	}
}

void shadow_compare(struct world *w, struct node *node)
{
	struct writer real = {0}, model = {0};
	struct why why = {0};

	if (w->has_failed)
		return;
	if (store_dump(node->shadow->store, &real, &why))
		world_fail(w, "lmdb", "n%u: the store gives no dump: %s", node->at, why.text);
	model_dump(&node->model, &model);
	if (!bytes_equal(writer_view(&real), writer_view(&model)))
		find_difference(w, node, writer_view(&real), writer_view(&model));
	writer_release(&real);
	writer_release(&model);
}

void shadow_read(
    struct world *w, struct node *node, const struct read *read, enum err err, struct bytes answer)
{
	struct writer out = {0};
	struct why why = {0};
	enum err real;

	if (w->has_failed)
		return;
	real = store_read(node->shadow->store, read, &out, &why);
	if (real != err || (!err && !bytes_equal(writer_view(&out), answer)))
		world_fail(w, "lmdb",
		    "n%u: read %d is answered with %s and %zu bytes by the store, %s and %zu by "
		    "the model",
		    node->at, (int)read->type, err_name(real), out.size, err_name(err),
		    answer.size);
	writer_release(&out);
}

/* --- crashes and images ---------------------------------------------------------------------- */

void shadow_reopen(struct world *w, struct node *node)
{
	if (w->has_failed)
		return;
	store_close(node->shadow->store);
	open_store(w, node->shadow);
	shadow_compare(w, node);
}

static void image_name(char out[static 16], unsigned image)
{
	snprintf(out, 16, "image%u", image);
}

void shadow_snapshot(struct world *w, struct node *node, unsigned image)
{
	char name[16], from[256], to[256];

	(void)w;
	image_name(name, image);
	path_of(node->shadow, from, "truth/data.mdb");
	path_of(node->shadow, to, name);
	copy_file(from, to);
}

void shadow_restore(struct world *w, struct node *node, unsigned image, bool is_whole)
{
	char name[16], from[256], to[256];

	if (w->has_failed)
		return;
	store_close(node->shadow->store);
	image_name(name, image);
	path_of(node->shadow, from, name);
	path_of(node->shadow, to, "truth/data.mdb");
	copy_file(from, to);
	/* A lock that promises nothing yet lets all be signed that the model's lock does. */
	if (is_whole)
		write_lock(node->shadow, w, node);
	open_store(w, node->shadow);
}
