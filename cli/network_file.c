/* Reads what describes a network. Decides what a genesis takes from it; knows nothing of keys. */
#include "cli/network_file.h"

#include "cli/file.h"
#include "cli/lang.h"
#include "proto/json.h"
#include "proto/log_open.h"
#include "proto/mp.h"
#include "proto/seal.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NETWORK_FILE_SIZE_MAX (4u * 1024 * 1024)
#define ZONE_DEFAULT "Africa/Casablanca"

static enum err find(char path[static FILE_PATH_MAX], const char *name, struct why *why)
{
	char shipped[64];

	if (strlen(name) >= FILE_PATH_MAX)
		return why_set(why, ERR_USAGE, _("the path of the network is too long"));
	memcpy(path, name, strlen(name) + 1);
	if (strchr(name, '/') || access(name, F_OK) == 0 || !code_is_valid(bytes_str(name)))
		return ERR_NONE;
	snprintf(shipped, sizeof(shipped), "networks/%s/network.json", name);
	if (file_shipped(path, shipped))
		return ERR_NONE;
	return why_set(why, ERR_USAGE,
	    _("there is no network '%s': it is neither a file nor a shipped one (remacto is); the "
	      "path of a "
	      "network.json is taken too"),
	    name);
}

static bool is_text_map(struct bytes map)
{
	struct reader r;
	uint32_t count;

	reader_init(&r, map);
	if (mp_peek(&r) != MP_MAP)
		return false;
	count = mp_map(&r);
	for (uint32_t i = 0; i < count; i++) {
		mp_skip(&r);
		if (mp_peek(&r) != MP_STR)
			return false;
		mp_skip(&r);
	}
	return count > 0 && reader_end(&r) == ERR_NONE;
}

static enum err take(struct network_file *n, const char *path, struct why *why)
{
	struct bytes map = writer_view(&n->parsed);
	struct bytes charter = mp_get(map, "charter");
	struct bytes zone = {NULL, 0};
	struct reader r;

	n->names = mp_get(map, "names");
	if (!is_text_map(n->names))
		return why_set(why, ERR_FIELD, _("%s: \"names\" must be a text by language"), path);
	if (charter.size)
		seal_sha256(&n->charter, charter);
	reader_init(&r, mp_get(map, "timezone"));
	if (reader_left(&r))
		zone = mp_str(&r);
	if (r.err || zone.size >= sizeof(n->zone))
		return why_set(
		    why, ERR_FIELD, _("%s: \"timezone\" must be the name of a zone"), path);
	if (zone.size)
		memcpy(n->zone, zone.data, zone.size);
	else
		snprintf(n->zone, sizeof(n->zone), "%s", ZONE_DEFAULT);
	return ERR_NONE;
}

enum err network_file_read(struct network_file *n, const char *name, struct why *why)
{
	char path[FILE_PATH_MAX];
	struct why cause = {0};
	enum err err;

	memset(n, 0, sizeof(*n));
	err = find(path, name, why);
	if (!err)
		err = file_read(&n->text, path, NETWORK_FILE_SIZE_MAX, why);
	if (err)
		return err;
	err = json_parse(&n->parsed, writer_view(&n->text), &cause);
	if (err)
		return why_set(why, ERR_FIELD, _("%s is no network: %s"), path, cause.text);
	return take(n, path, why);
}

void network_file_release(struct network_file *n)
{
	writer_release(&n->text);
	writer_release(&n->parsed);
}
