/* Looks words up in network files. They are read once, and only when a word is none of the shared
 * ones. A network that cannot be read costs labels and brings warnings back, nothing else. */
#include "cli/network_words.h"

#include "cli/home_path.h"
#include "cli/lang.h"
#include "cli/network_home.h"
#include "proto/mp.h"

#include <string.h>

#define NETWORKS_MAX 64

static const char *const lists[] = {"stages", "themes", "measures", "publication_items"};

#define LIST_COUNT (sizeof(lists) / sizeof(*lists))

static struct network_file own;
static bool is_own_sought;
static bool is_daemon_asked;
static const struct args *home_args; /* NULL: no home is known */
static struct network_file installed[NETWORKS_MAX];
static size_t installed_count;
static bool is_installed_read;

static void seek_own(const struct args *args, struct client *client)
{
	const char *home = home_path(args);
	struct hash charter;

	is_own_sought = true;
	if (!home || !network_home_read(&own, home, NULL) || !client)
		return;
	network_file_release(&own);
	memset(&own, 0, sizeof(own));
	if (!network_home_charter(client, &charter))
		network_file_by_charter(&own, &charter);
}

/* The label of the word in a list of {"id", "ar", …}; "" when it is there without one. */
static struct bytes find_in(struct bytes list, struct bytes word)
{
	struct reader r, text;
	uint32_t count;

	reader_init(&r, list);
	count = mp_peek(&r) == MP_ARRAY ? mp_array(&r) : 0;
	for (uint32_t i = 0; i < count && !r.err; i++) {
		struct bytes entry = mp_raw(&r);

		reader_init(&text, mp_get(entry, "id"));
		if (mp_peek(&text) != MP_STR || !bytes_equal(mp_str(&text), word))
			continue;
		reader_init(&text, mp_get(entry, lang_code()));
		return mp_peek(&text) == MP_STR ? mp_str(&text) : BYTES_STR("");
	}
	return (struct bytes){NULL, 0};
}

static struct bytes list_of(const struct network_file *n, const char *vocabulary)
{
	struct bytes map = writer_view(&n->parsed);

	if (!strcmp(vocabulary, "themes") || !strcmp(vocabulary, "stages"))
		return mp_get(map, vocabulary);
	return mp_get(mp_get(map, "vocabularies"), vocabulary);
}

bool network_words_know(
    const struct args *args, struct client *client, const char *vocabulary, struct bytes word)
{
	if (!is_own_sought || (client && !own.parsed.size && !is_daemon_asked))
		seek_own(args, client);
	is_daemon_asked = is_daemon_asked || client;
	return find_in(list_of(&own, vocabulary), word).data != NULL;
}

void network_words_use(const struct args *args)
{
	home_args = args->command && args->command->flags & COMMAND_OFFLINE ? NULL : args;
}

static bool take(void *context, const char *path)
{
	(void)context;
	if (!network_file_read(&installed[installed_count], path, NULL))
		installed_count++;
	else
		network_file_release(&installed[installed_count]);
	return installed_count < NETWORKS_MAX;
}

struct bytes network_words_label(struct bytes word)
{
	struct bytes label = {NULL, 0};

	if (home_args && !is_own_sought)
		seek_own(home_args, NULL);
	for (size_t j = 0; j < LIST_COUNT && !label.size; j++)
		label = find_in(list_of(&own, lists[j]), word);
	if (!label.size && !is_installed_read)
		network_file_each(take, NULL);
	is_installed_read = is_installed_read || !label.size;
	for (size_t i = 0; i < installed_count && !label.size; i++)
		for (size_t j = 0; j < LIST_COUNT && !label.size; j++)
			label = find_in(list_of(&installed[i], lists[j]), word);
	return label;
}
