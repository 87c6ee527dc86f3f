/* The forms of single values in a network.json. Each check reports what is wrong at the place `at`
 * and takes any bytes, none too. */
#ifndef CLI_NETWORK_VALUE_H
#define CLI_NETWORK_VALUE_H

#include "cli/network_check.h"

#define NETWORK_TEXT_MAX 4096
#define NETWORK_NAME_MAX 255 /* the genesis carries names and takes no more */

/* "at.name"; what a hostile file calls its fields is cut and escaped. */
void network_value_place(char out[static NETWORK_FIELD_MAX], const char *at, struct bytes name);
/* "at[nth]" */
void network_value_place_nth(char out[static NETWORK_FIELD_MAX], const char *at, uint32_t nth);

bool network_value_is_str(struct bytes value, struct bytes *text);
/* Reports what is no map. */
bool network_value_is_map(struct network_faults *f, const char *at, struct bytes value);

void network_value_word(struct network_faults *f, const char *at, struct bytes value);
void network_value_code(struct network_faults *f, const char *at, struct bytes value);
void network_value_line(struct network_faults *f, const char *at, struct bytes value);
void network_value_date(struct network_faults *f, const char *at, struct bytes value);
/* A whole number from 1 on. */
void network_value_version(struct network_faults *f, const char *at, struct bytes value);
void network_value_zone(struct network_faults *f, const char *at, struct bytes value);
void network_value_currency(struct network_faults *f, const char *at, struct bytes value);
/* A decimal without sign. */
void network_value_max(struct network_faults *f, const char *at, struct bytes value);

/* ar, fr and en of the map. */
void network_value_texts(
    struct network_faults *f, const char *at, struct bytes map, size_t size_max, bool is_multiline);
/* What else the map has, besides one field of another kind (NULL: none). */
void network_value_refuse_others(
    struct network_faults *f, const char *at, struct bytes map, const char *besides);
/* A map by language: one line, or a text of several. */
void network_value_name(struct network_faults *f, const char *at, struct bytes value);
void network_value_text(struct network_faults *f, const char *at, struct bytes value);

#endif
