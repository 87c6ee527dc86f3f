/* Says at the start what would otherwise be found out in the middle of an admission: that the member
 * key cannot be opened. */
#ifndef DAEMON_KEY_CHECK_H
#define DAEMON_KEY_CHECK_H

struct loop;

/* Off the loop, as opening a sealed key takes a second; one warning, or nothing. */
void key_check_start(struct loop *loop);

#endif
