/* Reads passphrases. Decides that the first line counts, without its end. */
#include "cli/passphrase.h"

#include "cli/file.h"
#include "cli/lang.h"

#include <string.h>

#define PASSPHRASE_SIZE_MAX 4096

enum err passphrase_read(struct writer *text, const char *path, struct bytes *line, struct why *why)
{
	enum err err = file_read(text, path, PASSPHRASE_SIZE_MAX, why);
	const uint8_t *end;

	if (err)
		return err;
	*line = writer_view(text);
	end = line->size ? memchr(line->data, '\n', line->size) : NULL;
	if (end)
		line->size = (size_t)(end - line->data);
	return line->size ? ERR_NONE
			  : why_set(why, ERR_PASSPHRASE, _("the first line of %s is empty"), path);
}
