/* Writes the corpora of the fuzz targets from our own encoders, always the same bytes.
 *
 * usage: build/coverage/seeds FOLDER */
#include "tests/fuzz/seeds.h"

#include <errno.h>
#include <sys/stat.h>

static const char *root;
static unsigned written;

static void make_folder(const char *path)
{
	if (mkdir(path, 0777) && errno != EEXIST) {
		perror(path);
		exit(1);
	}
}

void seed(const char *target, const char *name, struct bytes in)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", root, target);
	make_folder(path);
	snprintf(path, sizeof(path), "%s/%s/%s", root, target, name);
	file = fopen(path, "wb");
	if (!file || fwrite(in.data, 1, in.size, file) != in.size || fclose(file)) {
		perror(path);
		exit(1);
	}
	written++;
}

void seed_broken(const char *target, const char *name, struct bytes in)
{
	struct writer copy = {0};
	char part[128];

	seed(target, name, in);
	writer_bytes(&copy, in);
	fuzz_check(!copy.err);
	for (size_t i = 1; i < 4; i++) {
		size_t at = in.size * i / 4;

		snprintf(part, sizeof(part), "%s-cut-%zu", name, i);
		seed(target, part, bytes_of(copy.data, at));
		copy.data[at] ^= 0x41;
		snprintf(part, sizeof(part), "%s-changed-%zu", name, i);
		seed(target, part, writer_view(&copy));
		copy.data[at] ^= 0x41;
	}
	writer_u8(&copy, 0);
	snprintf(part, sizeof(part), "%s-and-more", name);
	seed(target, part, writer_view(&copy));
	writer_release(&copy);
}

void seed_cut(const char *target, const char *name, struct bytes in)
{
	char part[128];

	seed(target, name, in);
	snprintf(part, sizeof(part), "%s-cut", name);
	seed(target, part, bytes_of(in.data, in.size * 2 / 3));
}

void seed_text(const char *target, const char *name, const char *text)
{
	seed(target, name, bytes_str(text));
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: seeds FOLDER\n");
		return 2;
	}
	root = argv[1];
	make_folder(root);
	seeds_formats();
	seeds_texts();
	seeds_messages();
	seeds_roster();
	seeds_kinds();
	seeds_people();
	seeds_sessions();
	printf("%u inputs written below %s\n", written, root);
	return 0;
}
