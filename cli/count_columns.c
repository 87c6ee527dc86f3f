#include "cli/count_columns.h"

#include "cli/lang.h"

#include <string.h>

const struct column count_columns[] = {
    {"count", N_("count"), SHAPE_NUMBER, COLUMN_TABLE}, {NULL, NULL, SHAPE_TEXT, 0}};

static const struct column group_columns[][3] = {
#define GROUP(field, label, shape) \
	{ \
		{field, label, shape, COLUMN_TABLE}, \
		    {"count", N_("count"), SHAPE_NUMBER, COLUMN_TABLE}, \
		{ \
			NULL, NULL, SHAPE_TEXT, 0 \
		} \
	}
    GROUP("member", N_("member"), SHAPE_TEXT),
    GROUP("region", N_("region"), SHAPE_TEXT),
    GROUP("province", N_("province"), SHAPE_TEXT),
    GROUP("theme", N_("theme"), SHAPE_WORD),
    GROUP("state", N_("state"), SHAPE_WORD),
    GROUP("status", N_("status"), SHAPE_WORD),
    GROUP("kind", N_("kind"), SHAPE_WORD),
    GROUP("year", N_("year"), SHAPE_TEXT),
    GROUP("month", N_("month"), SHAPE_TEXT),
#undef GROUP
};

const struct column *count_columns_by(const char *field)
{
	for (size_t i = 0; i < sizeof(group_columns) / sizeof(*group_columns); i++)
		if (!strcmp(group_columns[i]->field, field))
			return group_columns[i];
	return NULL;
}
