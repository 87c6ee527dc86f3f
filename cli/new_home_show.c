/* What init and join tell about the home they made: public keys only. */
#include "cli/new_home.h"

#include "cli/lang.h"
#include "cli/out.h"
#include "cli/row.h"

const struct column new_home_columns[] = {
    {"network", N_("network"), SHAPE_HEX, COLUMN_TABLE},
    {"member", N_("member"), SHAPE_TEXT, COLUMN_TABLE},
    {"member_key", N_("member key"), SHAPE_HEX, COLUMN_TABLE},
    {"log", N_("log"), SHAPE_HEX, COLUMN_TABLE},
    {"transport_key", N_("transport key"), SHAPE_HEX, COLUMN_TABLE},
    {"fingerprint", N_("fingerprint"), SHAPE_TEXT, COLUMN_TABLE},
    {NULL, NULL, SHAPE_TEXT, 0},
};

void new_home_show(const struct new_home *n, const struct args *args)
{
	char fingerprint[HOME_FINGERPRINT_SIZE + 1];
	struct row row = {0};
	struct out out;

	home_fingerprint(fingerprint, &n->home.member_key);
	row_bin(&row, "network", &n->home.network, HASH_SIZE);
	row_cstr(&row, "member", n->home.member);
	row_bin(&row, "member_key", &n->home.member_key, KEY_SIZE);
	row_bin(&row, "log", &n->home.log, KEY_SIZE);
	row_bin(&row, "transport_key", &n->home.transport, KEY_SIZE);
	row_cstr(&row, "fingerprint", fingerprint);
	out_init(&out, args);
	out_row(&out, row_view(&row));
	out_end(&out);
	row_release(&row);
}
