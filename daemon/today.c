/* Turns a time into a date, by the C library's zones. */
#include "daemon/today.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ZONE_SIZE_MAX 64

/* Sets the process's zone, once for each that is asked for. A name is only a name: no path, no rule. */
static void zone_set(struct bytes zone)
{
	static char current[ZONE_SIZE_MAX + 1];
	char wanted[ZONE_SIZE_MAX + 1] = "UTC";

	if (zone.size && zone.size <= ZONE_SIZE_MAX && !memchr(zone.data, '.', zone.size) &&
	    !memchr(zone.data, '\0', zone.size) && zone.data[0] != '/' && zone.data[0] != ':') {
		memcpy(wanted, zone.data, zone.size);
		wanted[zone.size] = '\0';
	}
	if (strcmp(current, wanted) == 0)
		return;
	memcpy(current, wanted, sizeof(current));
	setenv("TZ", current, 1);
	tzset();
}

void today_print(char out[static TODAY_SIZE + 1], struct mtime now, struct bytes zone)
{
	time_t seconds = now.ms / 1000;
	struct tm local;

	zone_set(zone);
	localtime_r(&seconds, &local);
	if (strftime(out, TODAY_SIZE + 1, "%Y-%m-%d", &local) != TODAY_SIZE)
		memcpy(out, "1970-01-01", TODAY_SIZE + 1); /* a clock beyond the year 9999 */
}
