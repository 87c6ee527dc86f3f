/* Which system calls a process may still make (seccomp). The lists are the whole policy: what is not on them fails with
 * EPERM, what nobody honest asks for ends the process. */
#ifndef DAEMON_FILTER_H
#define DAEMON_FILTER_H

#include <stdbool.h>

/* For the node: files below what landlock leaves, sockets, threads; no program, no debugger, no new listener's port. For
 * the signer: its socket, head.lock, memory and the end. */
enum filter_kind { FILTER_NODE, FILTER_SIGNER };

/* For all threads of the process and for good; needs no privilege (sets no_new_privs). False with errno. */
bool filter_enter(enum filter_kind kind);

#endif
