/* Follows a recording and keeps apart what was durable from what was not. Writing images of it is image.c's. */
#include "tests/faults/replay.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/faults/replay_names.h"

#define OUT_OF_ROOM(what) (fprintf(stderr, "replay: too many %s\n", what), exit(99))

const struct event *replay_event(const struct replay *r, uint64_t at)
{
	return (const struct event *)((const char *)r->recording + at);
}

const char *event_path(const struct event *e)
{
	return (const char *)(e + 1);
}

const char *event_path2(const struct event *e)
{
	return event_path(e) + e->path_size;
}

static void *grown(void *list, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return list;
	*room = *room ? *room * 2 : 16;
	list = realloc(list, *room * size);
	return list ? list : (OUT_OF_ROOM("bytes"), NULL);
}

/* --- names ----------------------------------------------------------------------------------- */

static int name_at(const struct replay_name *names, int count, const char *path)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i].path, path) == 0)
			return i;
	return -1;
}

static void name_put(struct replay_name *names, int *count, const char *path, int file)
{
	int i = name_at(names, *count, path);

	if (i < 0) {
		if (*count == REPLAY_NAMES_MAX)
			OUT_OF_ROOM("names");
		i = (*count)++;
		snprintf(names[i].path, sizeof(names[i].path), "%s", path);
	}
	names[i].file = file;
}

static void name_del(struct replay_name *names, int *count, const char *path)
{
	int i = name_at(names, *count, path);

	if (i >= 0)
		names[i] = names[--*count];
}

static int file_of(const struct replay *r, uint64_t inode)
{
	/* The newest: a number is used again once its file is gone. */
	for (int i = r->file_count; i-- > 0;)
		if (r->files[i].inode == inode)
			return i;
	return -1;
}

static int file_new(struct replay *r, uint64_t inode)
{
	if (r->file_count == REPLAY_FILES_MAX)
		OUT_OF_ROOM("files");
	r->files[r->file_count] = (struct replay_file){.inode = inode};
	return r->file_count++;
}

/* What an event does to names; the file of EVENT_CREATE was found before. */
void replay_rename(struct replay_name *names, int *count, const struct event *e)
{
	const char *path = event_path(e);
	int i;

	switch (e->type) {
	case EVENT_CREATE:
		name_put(names, count, path, (int)e->offset);
		return;
	case EVENT_MKDIR:
		name_put(names, count, path, REPLAY_FOLDER);
		return;
	case EVENT_RENAME:
		i = name_at(names, *count, path);
		if (i < 0)
			return;
		name_put(names, count, event_path2(e), names[i].file);
		name_del(names, count, path);
		return;
	case EVENT_UNLINK:
	case EVENT_RMDIR:
		name_del(names, count, path);
		return;
	}
}

/* The folder whose sync makes the event durable: of a rename the one that it leads to. */
static bool is_in_folder(const struct event *e, const char *folder)
{
	const char *path = e->type == EVENT_RENAME ? event_path2(e) : event_path(e);
	const char *slash = strrchr(path, '/');
	size_t size = slash ? (size_t)(slash - path) : 0;

	return strlen(folder) == size && strncmp(path, folder, size) == 0;
}

static void take_name(struct replay *r, const struct event *e)
{
	r->renames = grown(r->renames, r->rename_count, &r->rename_room, sizeof(*r->renames));
	r->renames[r->rename_count++] = e;
}

static void sync_folder(struct replay *r, const char *folder, const struct event *begun)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->rename_count; i++) {
		const struct event *e = r->renames[i];
		if (e < begun && is_in_folder(e, folder))
			replay_rename(r->names, &r->name_count, e);
		else
			r->renames[kept++] = e;
	}
	r->rename_count = kept;
}

/* --- contents -------------------------------------------------------------------------------- */

/* A write, or a truncation, whole. */
static void settle(struct replay_file *f, const struct event *e)
{
	size_t end = (size_t)e->offset + e->data_size;

	if (end > f->room) {
		f->room = end * 2;
		f->data = realloc(f->data, f->room);
		if (!f->data)
			OUT_OF_ROOM("bytes");
	}
	if (end > f->size || e->type == EVENT_TRUNCATE) {
		if (end > f->size)
			memset(f->data + f->size, 0, end - f->size);
		f->size = end;
	}
	if (e->data_size)
		memcpy(f->data + e->offset, event_path2(e) + e->path2_size, e->data_size);
}

static void sync_file(struct replay_file *f, const struct event *begun)
{
	size_t done = 0;

	while (done < f->write_count && f->writes[done].event < begun)
		settle(f, f->writes[done++].event);
	f->write_count -= done;
	memmove(f->writes, f->writes + done, f->write_count * sizeof(*f->writes));
}

static void take_write(struct replay *r, const struct event *e)
{
	int i = file_of(r, e->inode);
	struct replay_file *f = &r->files[i];

	if (i < 0)
		return;
	f->writes = grown(f->writes, f->write_count, &f->write_room, sizeof(*f->writes));
	f->writes[f->write_count++] = (struct replay_write){e, e->type == EVENT_WRITE_SYNC};
}

/* --- the recording --------------------------------------------------------------------------- */

static void take_event(struct replay *r, struct event *e)
{
	const struct event *begun = replay_event(r, e->offset);
	int file;

	switch ((enum event_type)e->type) {
	case EVENT_CREATE:
		e->offset = (uint64_t)file_new(r, e->inode);
		take_name(r, e);
		return;
	case EVENT_WRITE:
	case EVENT_WRITE_SYNC:
	case EVENT_TRUNCATE:
		take_write(r, e);
		return;
	case EVENT_SYNC_END:
		file = file_of(r, e->inode);
		if (file >= 0)
			sync_file(&r->files[file], begun);
		return;
	case EVENT_FOLDER_END:
		sync_folder(r, event_path(e), begun);
		return;
	case EVENT_RENAME:
	case EVENT_UNLINK:
	case EVENT_MKDIR:
	case EVENT_RMDIR:
		take_name(r, e);
		return;
	case EVENT_OPEN:
	case EVENT_SYNC_BEGIN:
	case EVENT_FOLDER_BEGIN:
		return;
	}
}

void replay_until(struct replay *r, uint64_t at)
{
	while (r->at < at && r->at < r->end) {
		struct event *e = (struct event *)(uintptr_t)replay_event(r, r->at);
		r->at += event_size(e);
		take_event(r, e);
	}
}

/* Of a file that was there before, as it is told when it is first opened. */
static uint64_t inode_later(const struct replay *r, const char *path)
{
	for (uint64_t at = RECORDING_START; at < r->end;) {
		const struct event *e = replay_event(r, at);
		if (e->type == EVENT_OPEN && strcmp(event_path(e), path) == 0)
			return e->inode;
		at += event_size(e);
	}
	return 0;
}

static void load_file(struct replay *r, const char *path, const char *below)
{
	int file = file_new(r, 0);
	struct replay_file *f = &r->files[file];
	FILE *in = fopen(path, "rb");
	struct stat st;

	if (!in || fstat(fileno(in), &st)) {
		perror(path);
		exit(99);
	}
	f->size = f->room = (size_t)st.st_size;
	f->data = malloc(f->size + 1);
	if (!f->data || fread(f->data, 1, f->size, in) != f->size)
		OUT_OF_ROOM("bytes");
	fclose(in);
	f->inode = inode_later(r, below);
	name_put(r->names, &r->name_count, below, file);
}

static void load_folder(struct replay *r, const char *snapshot, const char *below)
{
	char path[4096 + REPLAY_PATH_MAX], name[2 * REPLAY_PATH_MAX + 256];
	struct dirent *entry;
	struct stat st;
	DIR *folder;

	snprintf(path, sizeof(path), "%.3900s/%s", snapshot, below);
	folder = opendir(path);
	if (!folder) {
		perror(path);
		exit(99);
	}
	while ((entry = readdir(folder))) {
		if (entry->d_name[0] == '.' || strcmp(entry->d_name, "lock.mdb") == 0)
			continue;
		snprintf(name, sizeof(name), "%s%s%s", below, *below ? "/" : "", entry->d_name);
		snprintf(path, sizeof(path), "%.3900s/%.63s", snapshot, name);
		if (stat(path, &st))
			continue;
		if (S_ISDIR(st.st_mode)) {
			name_put(r->names, &r->name_count, name, REPLAY_FOLDER);
			load_folder(r, snapshot, name);
		} else if (S_ISREG(st.st_mode)) {
			load_file(r, path, name);
		}
	}
	closedir(folder);
}

void replay_begin(struct replay *r, const struct recording *recording, const char *snapshot)
{
	memset(r, 0, sizeof(*r));
	r->recording = recording;
	r->at = RECORDING_START;
	r->end = recording->tail;
	load_folder(r, snapshot, "");
}
