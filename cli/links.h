/* Links that a user wrote as REFs: collected first, resolved by the daemon in few questions, then put in. */
#ifndef CLI_LINKS_H
#define CLI_LINKS_H

#include "cli/client.h"
#include "proto/kinds.h"

struct link_entry {
	size_t at; /* of the text, in texts */
	size_t size;
	bool is_asked;
	bool is_found;
	struct record_ref ref;
	uint16_t kind;
	bool is_own;	 /* of the member whose daemon was asked */
	char error[240]; /* why it was not found */
};

struct links {
	struct writer texts;
	struct link_entry *entries;
	size_t count;
	size_t capacity;
	size_t *slots; /* open addressing by the hash of the text, 0 is empty, else index + 1 */
	size_t slot_count;
	char member[CODE_SIZE_MAX + 1]; /* "" until something was asked */
	/* Codes of the roster, NULL-terminated; NULL until they were asked for. */
	const char **codes;
	size_t code_count;
	struct writer code_texts;
	bool needs_codes; /* a record names a member */
	bool is_closed;	  /* nothing is noted any more: several threads look things up */
	bool is_failed;	  /* memory */
};

void links_release(struct links *links);
/* For kinds_resolve: says true and the record when it is known; else notes the text for links_fetch. */
bool links_find(void *context, struct bytes ref, struct record_ref *found);
/* What the daemon said about a REF that was not found; NULL when it was never asked for. */
const char *links_error(const struct links *links, struct bytes ref);
/* Whether a record of this kind may link to what the REF at a path of its map names; else fault says why not. */
bool links_fit(const struct links *links, const struct kind *kind, const char *path,
    struct bytes ref, struct fault *fault);
/* Asks for everything that was noted. The exit code; a REF that is not found is no failure here. */
int links_fetch(struct links *links, struct client *c);
/* Whether the roster has a member of that code. Codes are not asked for unless needs_codes: then true. */
bool links_member(const struct links *links, struct bytes code);
bool links_are_pending(const struct links *links);

#endif
