/* A payload as a flat list of fields: path and value, sorted by path. What `diff` compares and other tables are made of.
 *
 *     title.fr                    Guichet unique
 *     themes                      gender, integrity          a list of plain values is one field
 *     indicators[civil-status].score   12.5                  elements of a list go by what names them (id, stage, …),
 *     evidence[0].url             https://…                  else by their position
 *     about                       sefrou/… as 16 hex digits of the leaf hash */
#ifndef CLI_PAYLOAD_FIELDS_H
#define CLI_PAYLOAD_FIELDS_H

#include "proto/mp.h"

struct payload_field {
	char *path;
	char *value; /* both safe for a terminal */
};

struct payload_fields {
	struct payload_field *list;
	size_t count;
};

/* payload: canonical, else it has no fields. ERR_MEMORY; then release what is there. */
enum err payload_fields_init(struct payload_fields *fields, struct bytes payload);
void payload_fields_release(struct payload_fields *fields);
/* The value under a path; NULL. */
const char *payload_fields_get(const struct payload_fields *fields, const char *path);

#endif
