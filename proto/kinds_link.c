/* What a link of a record may lead to. Judged at publishing, where both ends are known; what comes from a peer is kept
 * as it is and shown for what it is. */
#include <stdio.h>
#include <string.h>

#include "proto/kinds.h"
#include "proto/writer.h"

static bool is_target(const struct field *field, uint16_t number)
{
	const uint16_t *target = field->targets;

	while (target && *target && *target != number)
		target++;
	return !target || *target;
}

static const char *name_of(uint16_t number)
{
	const struct kind *kind = kind_by_number(number);

	return kind ? kind->name : "unknown kind";
}

/* "origins[1]" is judged as "origins" is. */
static void without_indexes(char out[static FAULT_PATH_MAX], const char *path)
{
	size_t size = 0;
	bool is_index = false;

	for (; *path && size + 1 < FAULT_PATH_MAX; path++) {
		is_index = is_index || *path == '[';
		if (!is_index)
			out[size++] = *path;
		is_index = is_index && *path != ']';
	}
	out[size] = '\0';
}

/* "commitment, milestone or project" */
static void put_targets(struct writer *w, const uint16_t *targets)
{
	for (unsigned i = 0; targets[i]; i++)
		writer_printf(w, "%s%s",
		    !i		     ? ""
		    : targets[i + 1] ? ", "
				     : " or ",
		    name_of(targets[i]));
	writer_u8(w, 0);
}

static void refuse_target(struct fault *fault, const struct field *field, uint16_t target)
{
	struct writer names = {0};

	put_targets(&names, field->targets);
	snprintf(fault->text, sizeof(fault->text),
	    "leads to a record of kind %s; one of kind %s is wanted", name_of(target),
	    names.err ? "fitting one" : (const char *)names.data);
	writer_release(&names);
}

bool kinds_link_fits(
    const struct kind *kind, const char *path, uint16_t target, bool is_own, struct fault *fault)
{
	char plain[FAULT_PATH_MAX];
	const struct field *field;

	without_indexes(plain, path);
	field = kind_field(kind, bytes_str(plain));
	*fault = (struct fault){0};
	snprintf(fault->path, sizeof(fault->path), "%s", path);
	if (!field || field->type != TYPE_LINK)
		return true;
	if (strcmp(plain, "supersedes") == 0 && target != kind->number)
		snprintf(fault->text, sizeof(fault->text),
		    "leads to a record of kind %s: a version replaces one of its own kind, %s",
		    name_of(target), kind->name);
	else if (!is_target(field, target))
		refuse_target(fault, field, target);
	else if (field->whose == LINK_OWN && !is_own)
		snprintf(fault->text, sizeof(fault->text),
		    "leads to a record of another member: only its own member can do that");
	else if (field->whose == LINK_OTHERS && is_own)
		snprintf(fault->text, sizeof(fault->text), "leads to a record of this member: %s",
		    kind->number == KIND_ATTESTATION ? "nobody attests their own"
						     : "it is to be another member's");
	return !fault->text[0];
}
