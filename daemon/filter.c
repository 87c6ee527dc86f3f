/* The lists of system calls and the BPF program made of them. It decides by number, and by argument where a number is two
 * things: sockets of a family, memory that is written and executed, terminals. */
#include "daemon/filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#else
#define ARCH 0 /* filter_enter says that it cannot */
#endif

/* libc keeps the old names where the machine still has them. */
#ifdef __NR_open
#define OLD_CALLS \
	__NR_open, __NR_stat, __NR_lstat, __NR_access, __NR_readlink, __NR_mkdir, __NR_unlink, \
	    __NR_rename, __NR_chmod, __NR_poll, __NR_select, __NR_epoll_wait, __NR_dup2, \
	    __NR_pipe, __NR_getdents, __NR_time,
#else
#define OLD_CALLS
#endif

static const int signer_calls[] = {__NR_read, __NR_write, __NR_recvfrom, __NR_sendto, __NR_pwrite64,
    __NR_fdatasync,
    /* memory of malloc and of libcrypto */
    __NR_brk, __NR_mmap, __NR_munmap, __NR_mremap, __NR_madvise, __NR_futex,
    /* the time of a log line, and the end */
    __NR_clock_gettime, __NR_rt_sigreturn, __NR_rt_sigprocmask, __NR_restart_syscall, __NR_getpid,
    __NR_gettid, __NR_exit, __NR_exit_group};

static const int node_calls[] = {OLD_CALLS
				     /* files */
				     __NR_openat,
    __NR_close, __NR_read, __NR_readv, __NR_write, __NR_writev, __NR_pread64, __NR_preadv,
    __NR_pwrite64, __NR_pwritev, __NR_lseek, __NR_fstat, __NR_newfstatat, __NR_statx, __NR_statfs,
    __NR_fstatfs, __NR_faccessat, __NR_readlinkat, __NR_getcwd, __NR_getdents64, __NR_mkdirat,
    __NR_unlinkat, __NR_renameat, __NR_renameat2, __NR_ftruncate, __NR_fallocate, __NR_fsync,
    __NR_fdatasync, __NR_sync_file_range, __NR_msync, __NR_fchmod, __NR_fchmodat, __NR_fcntl,
    __NR_flock, __NR_dup, __NR_dup3, __NR_pipe2, __NR_fadvise64, __NR_umask, __NR_copy_file_range,
    /* sockets; socket() is below */
    __NR_connect, __NR_accept, __NR_accept4, __NR_bind, __NR_sendto, __NR_recvfrom, __NR_sendmsg,
    __NR_recvmsg, __NR_sendmmsg, __NR_recvmmsg, __NR_shutdown, __NR_getsockname, __NR_getpeername,
    __NR_setsockopt, __NR_getsockopt,
    /* waiting */
    __NR_epoll_create1, __NR_epoll_ctl, __NR_epoll_pwait, __NR_ppoll, __NR_pselect6, __NR_eventfd2,
    __NR_futex, __NR_nanosleep, __NR_clock_nanosleep, __NR_restart_syscall, __NR_wait4,
    __NR_timerfd_create, __NR_timerfd_settime,
    /* memory; mmap() and mprotect() are below */
    __NR_brk, __NR_munmap, __NR_mremap, __NR_madvise, __NR_mlock, __NR_munlock, __NR_mincore,
    /* threads; clone() is below */
    __NR_set_robust_list, __NR_rseq, __NR_exit, __NR_exit_group, __NR_sched_yield,
    __NR_sched_getaffinity, __NR_getcpu, __NR_membarrier, __NR_set_tid_address,
    /* signals to itself */
    __NR_rt_sigaction, __NR_rt_sigprocmask, __NR_rt_sigreturn, __NR_sigaltstack, __NR_tgkill,
    /* who and when */
    __NR_getpid, __NR_gettid, __NR_getppid, __NR_getuid, __NR_geteuid, __NR_getgid, __NR_getegid,
    __NR_uname, __NR_sysinfo, __NR_prlimit64, __NR_getrusage, __NR_times, __NR_getrandom,
    __NR_clock_gettime, __NR_clock_getres, __NR_gettimeofday};

/* Nothing of ours asks for these: whoever does has taken over. */
static const int deadly_calls[] = {__NR_execve, __NR_execveat, __NR_ptrace, __NR_process_vm_readv,
    __NR_process_vm_writev, __NR_pidfd_getfd, __NR_kexec_load, __NR_init_module, __NR_finit_module,
    __NR_delete_module, __NR_mount, __NR_umount2, __NR_pivot_root, __NR_chroot, __NR_setns,
    __NR_unshare, __NR_bpf, __NR_perf_event_open, __NR_keyctl, __NR_add_key, __NR_request_key,
    __NR_userfaultfd, __NR_io_uring_setup, __NR_open_by_handle_at, __NR_swapon, __NR_reboot,
    __NR_setuid, __NR_setresuid, __NR_setgid, __NR_setresgid};

/* --- the program ------------------------------------------------------------------------------ */

#define PROGRAM_MAX 512

struct program {
	struct sock_filter code[PROGRAM_MAX];
	unsigned short count;
};

static void put(struct program *p, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
	if (p->count < PROGRAM_MAX)
		p->code[p->count++] = (struct sock_filter){code, jt, jf, k};
}

static void load(struct program *p, size_t offset)
{
	put(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void answer(struct program *p, uint32_t what)
{
	put(p, BPF_RET | BPF_K, what, 0, 0);
}

/* The number is in the accumulator. */
static void answer_call(struct program *p, int call, uint32_t what)
{
	put(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 1);
	answer(p, what);
}

#define ARGUMENT(n) (offsetof(struct seccomp_data, args) + 8 * (n))
#define REFUSED (SECCOMP_RET_ERRNO | EPERM)

/* Of this call only when one of the values is its argument. */
static void allow_values(
    struct program *p, int call, unsigned argument, const uint32_t *values, uint8_t count)
{
	put(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, (uint8_t)(2 * count + 2));
	load(p, ARGUMENT(argument));
	for (uint8_t i = 0; i < count; i++) {
		put(p, BPF_JMP | BPF_JEQ | BPF_K, values[i], 0, 1);
		answer(p, SECCOMP_RET_ALLOW);
	}
	answer(p, REFUSED);
}

/* Of this call only when all these bits of its argument are as wanted. */
static void allow_bits(
    struct program *p, int call, unsigned argument, uint32_t bits, uint32_t wanted)
{
	put(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 5);
	load(p, ARGUMENT(argument));
	put(p, BPF_ALU | BPF_AND | BPF_K, bits, 0, 0);
	put(p, BPF_JMP | BPF_JEQ | BPF_K, wanted, 0, 1);
	answer(p, SECCOMP_RET_ALLOW);
	answer(p, REFUSED);
}

/* Not when all these bits are set together. */
static void refuse_bits(struct program *p, int call, unsigned argument, uint32_t bits)
{
	put(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 5);
	load(p, ARGUMENT(argument));
	put(p, BPF_ALU | BPF_AND | BPF_K, bits, 0, 0);
	put(p, BPF_JMP | BPF_JEQ | BPF_K, bits, 0, 1);
	answer(p, REFUSED);
	answer(p, SECCOMP_RET_ALLOW);
}

static void put_node(struct program *p)
{
	static const uint32_t families[] = {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK};
	static const uint32_t controls[] = {FIONBIO, FIOCLEX, FIONREAD, TCGETS};
	static const uint32_t processes[] = {PR_SET_NAME, PR_GET_NAME};

	for (size_t i = 0; i < sizeof(node_calls) / sizeof(node_calls[0]); i++)
		answer_call(p, node_calls[i], SECCOMP_RET_ALLOW);
	allow_values(p, __NR_socket, 0, families, 4);
	allow_values(p, __NR_ioctl, 1, controls, 4);
	allow_values(p, __NR_prctl, 0, processes, 2);
	allow_bits(p, __NR_clone, 0, CLONE_THREAD | CLONE_VM | CLONE_NEWUSER | CLONE_NEWNS,
	    CLONE_THREAD | CLONE_VM);
	refuse_bits(p, __NR_mmap, 2, PROT_WRITE | PROT_EXEC);
	refuse_bits(p, __NR_mprotect, 2, PROT_EXEC);
	/* Its flags lie where no filter sees them; libc goes back to clone(). */
	answer_call(p, __NR_clone3, SECCOMP_RET_ERRNO | ENOSYS);
	for (size_t i = 0; i < sizeof(deadly_calls) / sizeof(deadly_calls[0]); i++)
		answer_call(p, deadly_calls[i], SECCOMP_RET_KILL_PROCESS);
	answer(p, REFUSED);
}

static void put_signer(struct program *p)
{
	for (size_t i = 0; i < sizeof(signer_calls) / sizeof(signer_calls[0]); i++)
		answer_call(p, signer_calls[i], SECCOMP_RET_ALLOW);
	answer(p, SECCOMP_RET_KILL_PROCESS);
}

bool filter_enter(enum filter_kind kind)
{
	struct program p = {.count = 0};
	struct sock_fprog program = {.filter = p.code};

	if (ARCH == 0) {
		errno = ENOSYS;
		return false;
	}
	load(&p, offsetof(struct seccomp_data, arch));
	put(&p, BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
	answer(&p, SECCOMP_RET_KILL_PROCESS);
	load(&p, offsetof(struct seccomp_data, nr));
	if (kind == FILTER_NODE)
		put_node(&p);
	else
		put_signer(&p);
	if (p.count == PROGRAM_MAX) {
		errno = E2BIG;
		return false;
	}
	program.len = p.count;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return false;
	return syscall(
		   __NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0;
}
