/* Puts fence and filter around a process. It decides which paths a node still needs. */
#include "daemon/sandbox.h"

#include <errno.h>
#include <linux/limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "daemon/fence.h"
#include "daemon/filter.h"
#include "proto/home.h"

/* Read by libc when a name is resolved or the date is told, and nothing that says more of this machine. The folders hold what
 * services put in place of resolv.conf again and again. */
static const char *const system_paths[] = {"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf",
    "/etc/host.conf", "/etc/gai.conf", "/etc/services", "/etc/localtime", "/etc/ld.so.cache",
    "/etc/ssl/openssl.cnf", "/run/systemd/resolve", "/run/NetworkManager", "/run/resolvconf",
    "/usr/share/zoneinfo", "/usr/lib", "/lib", "/lib64", "/usr/local/lib",
    "/sys/devices/system/cpu"};

static const char *const home_folders[] = {"truth", "views", "blobs", HOME_RUN};

static void gap_add(char *gap, const char *what)
{
	size_t used = strlen(gap);

	snprintf(gap + used, SANDBOX_GAP_SIZE - used, "%s%s: %s", used ? ", " : "", what,
	    strerror(errno));
}

static bool leave_all(struct fence *fence, const char *home, const char *passphrase)
{
	char path[PATH_MAX + 16];
	bool done = true;

	for (size_t i = 0; i < sizeof(system_paths) / sizeof(system_paths[0]); i++)
		done = done && fence_leave(fence, system_paths[i], false);
	for (size_t i = 0; i < sizeof(home_folders) / sizeof(home_folders[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", home, home_folders[i]);
		done = done && fence_leave(fence, path, true);
	}
	snprintf(path, sizeof(path), "%s/%s", home, HOME_KEY_MEMBER);
	done = done && fence_leave(fence, path, false);
	return done && (!passphrase[0] || fence_leave(fence, passphrase, false));
}

void sandbox_node(const char *home, const char *passphrase, char gap[static SANDBOX_GAP_SIZE])
{
	struct fence fence;

	gap[0] = '\0';
	if (!SANDBOX_IS_BUILT) {
		snprintf(gap, SANDBOX_GAP_SIZE, "this build has no sandbox");
		return;
	}
	if (!fence_init(&fence) || !leave_all(&fence, home, passphrase) || !fence_close(&fence))
		gap_add(gap, "landlock");
	fence_release(&fence);
	if (!filter_enter(FILTER_NODE))
		gap_add(gap, "seccomp");
}

void sandbox_signer(char gap[static SANDBOX_GAP_SIZE])
{
	struct fence fence;

	gap[0] = '\0';
	/* Neither a core file nor another process of the same user shows what it has. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		gap_add(gap, "dumpable");
	if (!SANDBOX_IS_BUILT)
		return;
	if (!fence_init(&fence) || !fence_close(&fence))
		gap_add(gap, "landlock");
	fence_release(&fence);
	if (!filter_enter(FILTER_SIGNER))
		gap_add(gap, "seccomp");
}
