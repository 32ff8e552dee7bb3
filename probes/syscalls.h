/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* The system calls that are looked at, by number: most move bytes through a descriptor; and what their arguments are. */
#ifndef QUERYTAP_SYSCALLS_H
#define QUERYTAP_SYSCALLS_H

#include "compat.h"
#include "event.h"
#include "kernel.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

enum arguments { ARGUMENTS_BUFFER, ARGUMENTS_IOVECS, ARGUMENTS_MESSAGE, ARGUMENTS_MESSAGES, ARGUMENTS_NONE };

struct syscall { __u8 arguments, direction; };

#if defined(__TARGET_ARCH_x86)
enum { NR_READ = 0, NR_WRITE = 1, NR_READV = 19, NR_WRITEV = 20, NR_SENDTO = 44, NR_RECVFROM = 45, NR_SENDMSG = 46,
       NR_RECVMSG = 47, NR_RECVMMSG = 299, NR_SENDMMSG = 307, NR_CONNECT = 42, NR_SPLICE = 275, NR_GETPPID = 110 };
#define TS_COMPAT 2 /* arch/x86: the task is in a 32-bit system call, whose numbers are others */
#define SYSCALL_NUMBER(regs) ((long)(regs)->orig_ax)
#define SYSCALL_IS_OVER(regs) ((long)(regs)->ax != -38) /* -ENOSYS until there is a result; then what was put off may run, io_uring's too */
#elif defined(__TARGET_ARCH_arm64)
enum { NR_READ = 63, NR_WRITE = 64, NR_READV = 65, NR_WRITEV = 66, NR_SENDTO = 206, NR_RECVFROM = 207, NR_SENDMSG = 211,
       NR_RECVMSG = 212, NR_RECVMMSG = 243, NR_SENDMMSG = 269, NR_CONNECT = 203, NR_SPLICE = 76, NR_GETPPID = 173 };
#define TS_COMPAT 0
struct pt_regs___arm64_number { int syscallno; } __attribute__((preserve_access_index));
#define SYSCALL_NUMBER(regs) ((long)FIELD_AT(struct pt_regs___arm64_number, regs, syscallno))
#define SYSCALL_IS_OVER(regs) false
#endif

static __always_inline bool is_compat_task(void)
{
	return TS_COMPAT && TYPED(struct task_struct, bpf_get_current_task())->thread_info.status & TS_COMPAT;
}

/* @return false: this call moves no bytes through a socket */
static __always_inline bool syscall_of(long number, struct syscall *call)
{
	switch (number) {
	case NR_READ: case NR_RECVFROM: *call = (struct syscall){ ARGUMENTS_BUFFER, RECEIVED }; return true;
	case NR_WRITE: case NR_SENDTO: *call = (struct syscall){ ARGUMENTS_BUFFER, SENT }; return true;
	case NR_READV: *call = (struct syscall){ ARGUMENTS_IOVECS, RECEIVED }; return true;
	case NR_WRITEV: *call = (struct syscall){ ARGUMENTS_IOVECS, SENT }; return true;
	case NR_RECVMSG: *call = (struct syscall){ ARGUMENTS_MESSAGE, RECEIVED }; return true;
	case NR_SENDMSG: *call = (struct syscall){ ARGUMENTS_MESSAGE, SENT }; return true;
	case NR_RECVMMSG: *call = (struct syscall){ ARGUMENTS_MESSAGES, RECEIVED }; return true;
	case NR_SENDMMSG: *call = (struct syscall){ ARGUMENTS_MESSAGES, SENT }; return true;
	/* Of unix-domain sockets alone: see unix-tracepoint.h. */
	case NR_CONNECT: case NR_SPLICE: case NR_GETPPID: call->arguments = ARGUMENTS_NONE; return true;
	default: return false;
	}
}

#endif
