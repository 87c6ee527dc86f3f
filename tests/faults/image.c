/* One home that a power cut could leave: of what was not synced a random part, whole writes lost or out of order, or torn
 * at sectors of 512 bytes or of 4 KiB. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/faults/replay.h"
#include "tests/faults/replay_names.h"

enum fate {
	FATE_NONE,  /* nothing that was not synced survives */
	FATE_ALL,   /* everything does */
	FATE_SOME,  /* each write by itself */
	FATE_TORN,  /* each sector of each write by itself */
	FATE_FIRST, /* the older writes */
	FATE_LAST,  /* the newer ones */
	FATE_COUNT,
};

struct fates {
	enum fate fate;
	unsigned odds;	 /* of 16, that a write or sector survives */
	uint32_t sector; /* of FATE_TORN */
};

struct content {
	uint8_t *data;
	size_t size;
	size_t room;
};

static void content_grow(struct content *c, size_t end)
{
	if (end <= c->size)
		return;
	if (end > c->room) {
		c->room = end * 2;
		c->data = realloc(c->data, c->room);
		if (!c->data)
			exit(99);
	}
	memset(c->data + c->size, 0, end - c->size);
	c->size = end;
}

static void put(struct content *c, const struct event *e, uint64_t from, uint64_t end)
{
	const char *data = event_path2(e) + e->path2_size;

	content_grow(c, (size_t)(e->offset + end));
	memcpy(c->data + e->offset + from, data + from, (size_t)(end - from));
}

/* Sectors lie at multiples of their size in the file. */
static void put_torn(
    struct content *c, const struct event *e, const struct fates *fates, struct chance *chance)
{
	uint64_t from = 0;

	while (from < e->data_size) {
		uint64_t end = from + fates->sector - (e->offset + from) % fates->sector;
		if (end > e->data_size)
			end = e->data_size;
		if (chance_below(chance, 16) < fates->odds)
			put(c, e, from, end);
		from = end;
	}
}

static void put_write(struct content *c, const struct event *e, bool is_whole,
    const struct fates *fates, struct chance *chance)
{
	if (e->type == EVENT_TRUNCATE) {
		content_grow(c, (size_t)e->offset);
		c->size = (size_t)e->offset;
	} else if (is_whole) {
		put(c, e, 0, e->data_size);
	} else {
		put_torn(c, e, fates, chance);
	}
}

static bool survives(
    const struct fates *fates, size_t position, size_t border, struct chance *chance)
{
	switch (fates->fate) {
	case FATE_NONE:
		return false;
	case FATE_ALL:
	case FATE_TORN:
		return true;
	case FATE_SOME:
		return chance_below(chance, 16) < fates->odds;
	case FATE_FIRST:
		return position < border;
	case FATE_LAST:
		return position >= border;
	case FATE_COUNT:
		break;
	}
	return false;
}

static void write_file(const char *path, const struct content *c)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	size_t done = 0;
	ssize_t size = 0;

	while (fd >= 0 && done < c->size && (size = write(fd, c->data + done, c->size - done)) > 0)
		done += (size_t)size;
	if (fd < 0 && errno == ENOENT) /* its folder is not there: nobody reaches it */
		return;
	if (fd < 0 || size < 0 || close(fd)) {
		perror(path);
		exit(99);
	}
}

static void image_file(const struct replay *r, int file, const char *path,
    const struct fates *fates, struct chance *chance)
{
	const struct replay_file *f = &r->files[file];
	const struct event *now = r->at < r->end ? replay_event(r, r->at) : NULL;
	size_t border = (size_t)chance_below(chance, f->write_count + 1);
	struct content c = {.size = f->size, .room = f->size + 1};

	c.data = malloc(c.room);
	if (!c.data)
		exit(99);
	if (f->size)
		memcpy(c.data, f->data, f->size);
	for (size_t i = 0; i < f->write_count; i++) {
		const struct replay_write *w = &f->writes[i];
		if (w->is_durable || survives(fates, i, border, chance))
			put_write(
			    &c, w->event, w->is_durable || fates->fate != FATE_TORN, fates, chance);
	}
	/* What was being written at that moment. */
	if (now && now->inode == f->inode &&
	    (now->type == EVENT_WRITE || now->type == EVENT_WRITE_SYNC) &&
	    survives(fates, f->write_count, border, chance))
		put_write(&c, now, fates->fate != FATE_TORN, fates, chance);
	write_file(path, &c);
	free(c.data);
}

/* Of each folder the first few events about names. */
static int image_names(const struct replay *r, struct replay_name *names, const struct fates *fates,
    struct chance *chance)
{
	int count = r->name_count;
	size_t border = (size_t)chance_below(chance, r->rename_count + 1);

	if (fates->fate == FATE_NONE || fates->fate == FATE_ALL)
		border = fates->fate == FATE_ALL ? r->rename_count : 0;
	memcpy(names, r->names, sizeof(r->names));
	for (size_t i = 0; i < border; i++)
		replay_rename(names, &count, r->renames[i]);
	return count;
}

void replay_image(
    const struct replay *r, const char *folder, struct chance *chance, struct replay_inodes *inodes)
{
	static struct replay_name names[REPLAY_NAMES_MAX];
	struct fates fates = {.fate = (enum fate)chance_below(chance, FATE_COUNT)};
	char path[4096 + REPLAY_PATH_MAX + 2];
	int count;

	fates.odds = 1 + (unsigned)chance_below(chance, 15);
	fates.sector = chance_below(chance, 2) ? 512 : 4096;
	count = image_names(r, names, &fates, chance);
	for (size_t depth = 0; depth < 3; depth++) /* folders before what is in them */
		for (int i = 0; i < count; i++) {
			if (names[i].file != REPLAY_FOLDER)
				continue;
			snprintf(path, sizeof(path), "%s/%s", folder, names[i].path);
			mkdir(path, 0700);
		}
	for (int i = 0; i < count; i++) {
		if (names[i].file == REPLAY_FOLDER)
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, names[i].path);
		image_file(r, names[i].file, path, &fates, chance);
		if (strcmp(names[i].path, "truth/data.mdb") == 0)
			inodes->data = r->files[names[i].file].inode;
		if (strcmp(names[i].path, "head.lock") == 0)
			inodes->lock = r->files[names[i].file].inode;
	}
}
