/* Finds and reads what describes a network. Decides what a genesis takes from it; knows nothing of
 * keys, and leaves the judgement of a file to network_check.c. */
#include "cli/network_file.h"

#include "cli/lang.h"
#include "proto/json.h"
#include "proto/log_open.h"
#include "proto/mp.h"
#include "proto/seal.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NETWORK_FILE_SIZE_MAX (4u * 1024 * 1024)
#define NETWORK_FILE "network.json"

static enum err find(char path[static FILE_PATH_MAX], const char *name, struct why *why)
{
	char shipped[64];

	if (strlen(name) >= FILE_PATH_MAX)
		return why_set(why, ERR_USAGE, _("the path of the network is too long"));
	memcpy(path, name, strlen(name) + 1);
	if (strchr(name, '/') || access(name, F_OK) == 0 || !code_is_valid(bytes_str(name)))
		return ERR_NONE;
	snprintf(shipped, sizeof(shipped), "networks/%s/" NETWORK_FILE, name);
	if (file_shipped(path, shipped))
		return ERR_NONE;
	return why_set(why, ERR_USAGE,
	    _("there is no network '%s': it is neither a file nor one of `commune network list`"),
	    name);
}

static void take(struct network_file *n)
{
	struct bytes map = writer_view(&n->parsed);
	struct bytes charter = mp_get(map, "charter");
	struct bytes zone = {NULL, 0};
	struct reader r;

	n->names = mp_get(map, "names");
	if (charter.size)
		seal_sha256(&n->charter, charter);
	reader_init(&r, mp_get(map, "timezone"));
	if (mp_peek(&r) == MP_STR)
		zone = mp_str(&r);
	if (zone.size && zone.size < sizeof(n->zone))
		memcpy(n->zone, zone.data, zone.size);
}

enum err network_file_open(struct network_file *n, const char *name, struct why *why)
{
	struct why cause = {0};
	enum err err;

	memset(n, 0, sizeof(*n));
	err = find(n->path, name, why);
	if (!err)
		err = file_read(&n->text, n->path, NETWORK_FILE_SIZE_MAX, why);
	if (err)
		return err;
	err = json_parse(&n->parsed, writer_view(&n->text), &cause);
	if (err)
		return why_set(why, ERR_FIELD, _("%s is no network: %s"), n->path, cause.text);
	take(n);
	return ERR_NONE;
}

static void keep_first(void *context, const struct network_fault *fault)
{
	struct network_fault *first = context;

	if (!first->text[0])
		*first = *fault;
}

enum err network_file_read(struct network_file *n, const char *name, struct why *why)
{
	struct network_fault first = {0};
	struct network_faults faults = {.report = keep_first, .context = &first};
	enum err err = network_file_open(n, name, why);

	if (err)
		return err;
	network_check(writer_view(&n->parsed), &faults);
	if (!faults.count)
		return ERR_NONE;
	if (faults.count == 1)
		return why_set(why, ERR_FIELD, "%s: %s: %s", n->path, first.field, first.text);
	return why_set(why, ERR_FIELD,
	    _("%s: %s: %s; `commune network check` lists all %u mistakes"), n->path, first.field,
	    first.text, faults.count);
}

void network_file_release(struct network_file *n)
{
	writer_release(&n->text);
	writer_release(&n->parsed);
}

static int is_network(const struct dirent *entry)
{
	return code_is_valid(bytes_str(entry->d_name));
}

bool network_file_each(network_file_fn *each, void *context)
{
	char dir[FILE_PATH_MAX];
	char path[FILE_PATH_MAX];
	struct dirent **entries;
	bool goes_on = true;
	int count;

	if (!file_shipped(dir, "networks"))
		return false;
	count = scandir(dir, &entries, is_network, alphasort);
	for (int i = 0; i < count; i++) {
		int size = snprintf(
		    path, sizeof(path), "%.3900s/%s/" NETWORK_FILE, dir, entries[i]->d_name);

		if (goes_on && size > 0 && (size_t)size < sizeof(path) && access(path, R_OK) == 0)
			goes_on = each(context, path);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return count > 0;
}

struct wanted {
	struct network_file *file;
	const struct hash *charter;
	bool is_found;
};

static bool is_wanted(void *context, const char *path)
{
	struct wanted *w = context;

	if (!network_file_read(w->file, path, NULL) &&
	    !memcmp(&w->file->charter, w->charter, sizeof(*w->charter))) {
		w->is_found = true;
		return false;
	}
	network_file_release(w->file);
	memset(w->file, 0, sizeof(*w->file));
	return true;
}

enum err network_file_by_charter(struct network_file *n, const struct hash *charter)
{
	struct wanted w = {.file = n, .charter = charter};

	memset(n, 0, sizeof(*n));
	network_file_each(is_wanted, &w);
	return w.is_found ? ERR_NONE : ERR_UNKNOWN;
}
