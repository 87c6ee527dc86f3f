/* The members that come with a network: any file gives lines of which each fault is told, or one clear error, and a file
 * without faults gives rows that are canonical maps and can be admitted by their code and kind.
 *
 * covers: cli/network_roster.c:cell,network_roster_parse,check_line,by_code,network_roster_check,network_roster_row */
#include "tests/fuzz/fuzz.h"

#include "cli/network_roster.h"
#include "proto/log_open.h"
#include "proto/mp.h"
#include "proto/roster.h"

static void take_fault(void *context, const struct network_fault *fault)
{
	unsigned *count = context;

	++*count;
	fuzz_check(strncmp(fault->field, "roster.csv", 10) == 0);
	fuzz_check(memchr(fault->field, 0, sizeof(fault->field)) != NULL);
	fuzz_check(fault->text[0] && memchr(fault->text, 0, sizeof(fault->text)) != NULL);
}

static struct bytes text_of(struct bytes map, const char *name)
{
	struct reader r;

	reader_init(&r, mp_get(map, name));
	return mp_str(&r);
}

static void rows(const struct network_roster *roster, bool is_good)
{
	struct row row = {0};

	for (size_t i = 0; i < roster->table.rows; i++) {
		enum member_kind kind;
		struct bytes map;

		network_roster_row(roster, i, &row);
		map = row_view(&row);
		if (!is_good)
			continue;
		fuzz_check(mp_scan(map) == ERR_NONE);
		fuzz_check(code_is_valid(text_of(map, "code")));
		fuzz_check(member_kind_parse(&kind, text_of(map, "kind")));
	}
	row_release(&row);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned count = 0;
	struct network_faults faults = {.report = take_fault, .context = &count};
	struct network_roster roster;
	struct why why = {0};

	if (network_roster_parse(&roster, bytes_of(data, size), "roster.csv", &why)) {
		fuzz_check(why.err != ERR_NONE && why.text[0]);
	} else {
		network_roster_check(&roster, &faults);
		fuzz_check(faults.count == count);
		rows(&roster, count == 0);
	}
	network_roster_release(&roster);
	return 0;
}
