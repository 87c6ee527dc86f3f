/* Landlock by its bare system calls: Debian 12's headers know less than the kernels it runs on, so what is newer is defined
 * here and asked of the kernel at run time. */
#include "daemon/fence.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of ABI 1: execute, write, read, read folder, remove folder, remove file, make seven kinds. */
#define RIGHTS_FIRST 0x1fffull
#define RIGHT_REFER (1ull << 13)     /* ABI 2 */
#define RIGHT_TRUNCATE (1ull << 14)  /* ABI 3 */
#define RIGHT_IOCTL_DEV (1ull << 15) /* ABI 5 */
#define NET_BIND_TCP (1ull << 0)     /* ABI 4 */
#define SCOPE_SIGNAL (1ull << 1)     /* ABI 6 */
/* What may be had of a file that is no folder. */
#define RIGHTS_OF_FILE \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | \
	    LANDLOCK_ACCESS_FS_READ_FILE | RIGHT_TRUNCATE | RIGHT_IOCTL_DEV)

/* struct landlock_ruleset_attr as of ABI 6; older kernels take it shorter. */
struct rules {
	unsigned long long files, net, scoped;
};

static size_t rules_size(int abi)
{
	return abi >= 6	  ? 3 * sizeof(unsigned long long)
	       : abi >= 4 ? 2 * sizeof(unsigned long long)
			  : sizeof(unsigned long long);
}

bool fence_init(struct fence *fence)
{
	struct rules rules = {0};
	long abi = syscall(__NR_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	*fence = (struct fence){.fd = -1};
	if (abi < 1)
		return false;
	fence->abi = (int)abi;
	fence->rights = RIGHTS_FIRST | (abi >= 2 ? RIGHT_REFER : 0) |
			(abi >= 3 ? RIGHT_TRUNCATE : 0) | (abi >= 5 ? RIGHT_IOCTL_DEV : 0);
	rules.files = fence->rights;
	rules.net = abi >= 4 ? NET_BIND_TCP : 0;
	rules.scoped = abi >= 6 ? SCOPE_SIGNAL : 0;
	fence->fd = (int)syscall(__NR_landlock_create_ruleset, &rules, rules_size(fence->abi), 0);
	return fence->fd >= 0;
}

bool fence_leave(struct fence *fence, const char *path, bool is_writable)
{
	struct landlock_path_beneath_attr rule = {
	    .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR};
	struct stat stat;
	bool done;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == EACCES;
	if (is_writable)
		rule.allowed_access =
		    fence->rights & ~(LANDLOCK_ACCESS_FS_EXECUTE | RIGHT_IOCTL_DEV);
	done = fstat(rule.parent_fd, &stat) == 0;
	if (done && !S_ISDIR(stat.st_mode))
		rule.allowed_access &= RIGHTS_OF_FILE;
	done = done && syscall(__NR_landlock_add_rule, fence->fd, LANDLOCK_RULE_PATH_BENEATH, &rule,
			   0) == 0;
	close(rule.parent_fd);
	return done;
}

bool fence_close(struct fence *fence)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       syscall(__NR_landlock_restrict_self, fence->fd, 0) == 0;
}

void fence_release(struct fence *fence)
{
	if (fence->fd >= 0)
		close(fence->fd);
	fence->fd = -1;
}
