/* Which day it is depends on the network's zone, never on the machine's. */
#include "tests/unit.h"

#include <stdlib.h>

#include "daemon/today.h"

static void day_of(int64_t ms, const char *zone, const char *expected)
{
	char out[TODAY_SIZE + 1];

	today_print(out, (struct mtime){ms}, bytes_str(zone));
	assert_string_equal(out, expected);
}

static void the_zone_decides_the_day(void **state)
{
	(void)state;
	setenv("TZ", "Pacific/Auckland", 1);
	day_of(0, "UTC", "1970-01-01");
	/* 2024-12-31 23:30 UTC; Casablanca is an hour ahead. */
	day_of(1735687800000, "UTC", "2024-12-31");
	day_of(1735687800000, "Africa/Casablanca", "2025-01-01");
	/* In Ramadan it goes back to UTC: 2025-03-10 23:30 UTC. */
	day_of(1741649400000, "Africa/Casablanca", "2025-03-10");
}

static void what_is_no_zone_is_utc(void **state)
{
	(void)state;
	day_of(1735687800000, "", "2024-12-31");
	day_of(1735687800000, "../../etc/passwd", "2024-12-31");
	day_of(1735687800000, "/etc/localtime", "2024-12-31");
	day_of(1735687800000, ":Africa/Casablanca", "2024-12-31");
	day_of(1735687800000, "Nowhere/At-All", "2024-12-31");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_zone_decides_the_day),
	    cmocka_unit_test(what_is_no_zone_is_utc),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
