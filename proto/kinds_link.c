/* What a link of a record may lead to. Judged at publishing, where both ends are known; what comes from a peer is kept
 * as it is and shown for what it is. */
#include <stdio.h>
#include <string.h>

#include "proto/kinds.h"

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

static bool is_at(const struct fault *fault, const char *path)
{
	return strcmp(fault->path, path) == 0;
}

bool kinds_link_fits(
    const struct kind *kind, const char *path, uint16_t target, bool is_own, struct fault *fault)
{
	const struct field *field = kind_field(kind, bytes_str(path));

	*fault = (struct fault){0};
	snprintf(fault->path, sizeof(fault->path), "%s", path);
	if (!field || field->type != TYPE_LINK)
		return true;
	if (is_at(fault, "supersedes") && target != kind->number)
		snprintf(fault->text, sizeof(fault->text),
		    "leads to a record of kind %s: a version replaces one of its own kind, %s",
		    name_of(target), kind->name);
	else if (!is_target(field, target))
		snprintf(fault->text, sizeof(fault->text),
		    "leads to a record of kind %s, which cannot stand here", name_of(target));
	else if (field->whose == LINK_OWN && !is_own)
		snprintf(fault->text, sizeof(fault->text),
		    "leads to a record of another member: only its own member can do that");
	else if (field->whose == LINK_OTHERS && is_own)
		snprintf(fault->text, sizeof(fault->text),
		    "leads to a record of this member: nobody attests their own");
	return !fault->text[0];
}
