/* Writes and reads the file of a move. Decides which files a home may bring; opens none. */
#include "cli/moved_home.h"

#include "proto/home.h"
#include "proto/seal.h"

#include <ctype.h>
#include <string.h>

static const uint8_t magic[8] = {'o', 'c', 'm', 'o', 'v', 'e', '1', '\n'};

#define START_SIZE (sizeof(magic) + 8)

void moved_home_encode(struct writer *w, const struct moved_home *m)
{
	struct writer map = {0};

	mp_put_map(&map, 2);
	mp_put_cstr(&map, "files");
	mp_put_array(&map, m->file_count);
	for (unsigned i = 0; i < m->file_count; i++) {
		mp_put_array(&map, 2);
		mp_put_cstr(&map, m->files[i].name);
		mp_put_bin(&map, m->files[i].content.data, m->files[i].content.size);
	}
	mp_put_cstr(&map, "locks");
	mp_put_array(&map, m->lock_count);
	for (unsigned i = 0; i < m->lock_count; i++) {
		uint8_t slot[LISTEN_SLOT_SIZE];
		listen_slot_encode(slot, &m->locks[i]);
		mp_put_bin(&map, slot, sizeof(slot));
	}
	writer_put(w, magic, sizeof(magic));
	writer_u64(w, map.size);
	writer_bytes(w, writer_view(&map));
	if (map.err)
		writer_fail(w, map.err);
	if (map.data)
		seal_wipe(map.data, map.capacity);
	writer_release(&map);
}

void moved_home_finish(struct writer *w)
{
	struct hash hash;

	seal_sha256(&hash, writer_view(w));
	writer_put(w, hash.b, HASH_SIZE);
}

/* keys/NAME.key, the config, or the data of the network: nothing else lands in a home. */
static bool is_name(struct bytes name)
{
	size_t prefix = sizeof(HOME_KEYS "/") - 1;

	if (bytes_equal(name, BYTES_STR(HOME_CONFIG)) ||
	    bytes_equal(name, BYTES_STR("network.json")))
		return true;
	if (name.size < prefix + 5 || name.size > 47 ||
	    memcmp(name.data, HOME_KEYS "/", prefix) != 0 ||
	    memcmp(name.data + name.size - 4, ".key", 4) != 0)
		return false;
	for (size_t i = prefix; i < name.size - 4; i++)
		if (!islower(name.data[i]) && !isdigit(name.data[i]) && name.data[i] != '-')
			return false;
	return true;
}

static void read_files(struct moved_home *m, struct reader *r)
{
	uint32_t count = mp_array(r);

	if (count > MOVED_FILES_MAX)
		reader_fail(r, ERR_FORMAT);
	for (uint32_t i = 0; i < count && !r->err; i++) {
		struct bytes name;

		mp_array_of(r, 2);
		name = mp_str(r);
		if (!r->err && !is_name(name))
			reader_fail(r, ERR_FORMAT);
		if (r->err)
			return;
		memset(m->files[i].name, 0, sizeof(m->files[i].name));
		memcpy(m->files[i].name, name.data, name.size);
		m->files[i].content = mp_bin(r);
	}
	m->file_count = count;
}

static void read_locks(struct moved_home *m, struct reader *r)
{
	uint32_t count = mp_array(r);

	if (count > MOVED_LOCKS_MAX)
		reader_fail(r, ERR_FORMAT);
	for (uint32_t i = 0; i < count && !r->err; i++) {
		uint8_t slot[LISTEN_SLOT_SIZE];

		mp_bin_fixed(r, slot, sizeof(slot));
		if (!r->err && listen_slot_decode(&m->locks[i], slot) != LISTEN_VALID)
			reader_fail(r, ERR_FORMAT);
	}
	m->lock_count = count;
}

enum err moved_home_decode(struct moved_home *m, bool *is_finished, struct bytes in)
{
	struct hash hash;
	struct bytes map;
	struct reader r;
	uint64_t size;

	memset(m, 0, sizeof(*m));
	if (in.size < START_SIZE || memcmp(in.data, magic, sizeof(magic)) != 0)
		return ERR_FORMAT;
	size = be64_get(in.data + sizeof(magic));
	if (size > in.size - START_SIZE ||
	    (in.size - START_SIZE - size != 0 && in.size - START_SIZE - size != HASH_SIZE))
		return ERR_FORMAT;
	map = bytes_of(in.data + START_SIZE, (size_t)size);
	*is_finished = in.size > START_SIZE + size;
	seal_sha256(&hash, bytes_of(in.data, START_SIZE + (size_t)size));
	if (*is_finished && memcmp(hash.b, map.data + map.size, HASH_SIZE) != 0)
		return ERR_HASH;
	if (mp_scan(map))
		return ERR_FORMAT;
	reader_init(&r, mp_get(map, "files"));
	read_files(m, &r);
	if (!r.err) {
		reader_init(&r, mp_get(map, "locks"));
		read_locks(m, &r);
	}
	return r.err || m->file_count == 0 || m->lock_count == 0 ? ERR_FORMAT : ERR_NONE;
}
