/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * From the arguments of a system call to the socket behind its descriptor and to the user memory that it names. A task's registers
 * as it entered the kernel stay where they are until it leaves: a receive is looked at when it is over, and only a send, whose
 * beginning counts, when it begins.
 */
#ifndef QUERYTAP_DESCRIPTOR_H
#define QUERYTAP_DESCRIPTOR_H

#include "compat.h"
#include "maps.h"
#include "syscalls.h"
#include <bpf/bpf_tracing.h>

#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define MSG_ERRQUEUE 0x2000
#define MSG_TRUNC 0x20
#define MSG_PEEK 2

/* A receive says when it is over what it moved; of several messages it is not known then which. */
static __always_inline bool is_read_at_end(const struct syscall *syscall)
{
	return syscall->direction == RECEIVED && syscall->arguments != ARGUMENTS_MESSAGES;
}

/* The socket behind a descriptor of the current task; NULL when it is none. */
static __always_inline struct socket *socket_of(unsigned int fd)
{
	struct fdtable *table = TYPED(struct task_struct, bpf_get_current_task())->files->fdt;

	if (fd >= table->max_fds)
		return NULL;
	/* A pointer alone has no type: hlist_head is one that holds nothing else. */
	void *open = TYPED(struct hlist_head, table->fd + fd)->first;

	if (!open)
		return NULL;
	struct file *file = TYPED(struct file, open);

	return (file->f_inode->i_mode & S_IFMT) == S_IFSOCK ? TYPED(struct socket, file->private_data) : NULL;
}

/* The buffer or the iovecs of a struct msghdr in user memory. */
static __always_inline void take_message(struct call *call, __u64 address)
{
	struct user_msghdr header = {};

	if (bpf_probe_read_user(&header, sizeof(header), (void *)address)) {
		call->source = SOURCE_OPAQUE;
		return;
	}
	call->source = SOURCE_USER_IOVECS;
	call->memory = header.iov;
	call->count = header.iov_count;
}

/* `call->memory` is the second argument. */
static __always_inline void take_arguments(struct call *call, __u8 arguments)
{
	switch (arguments) {
	case ARGUMENTS_BUFFER:
		call->source = SOURCE_BUFFER;
		break;
	case ARGUMENTS_IOVECS:
		call->source = SOURCE_USER_IOVECS;
		break;
	case ARGUMENTS_MESSAGE:
		take_message(call, call->memory);
		break;
	case ARGUMENTS_MESSAGES:
		call->messages = 1;
		break;
	}
}

/* @param regs of a known type: the arguments of the call */
static __always_inline void call_begins(struct connection *connection, __u64 sock, struct pt_regs *regs,
					const struct syscall *syscall)
{
	struct call call = {
		.sock = sock,
		.time_ns = syscall->direction == SENT ? bpf_ktime_get_ns() : 0,
		.memory = PT_REGS_PARM2_SYSCALL(regs),
		.count = PT_REGS_PARM3_SYSCALL(regs),
		.direction = syscall->direction,
	};

	take_arguments(&call, syscall->arguments);
	if (!call_remember(&call))
		lose(LOSS_CALLS, 1);
	else if (call.direction == SENT)
		connection->sending_since = call.time_ns;
}

/* What sys_enter remembered of the call that finishes now goes into `call`, which is of its direction. */
static __always_inline void take_begun(struct call *call, struct sock *sk)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct call *entry = bpf_map_lookup_elem(&calls, &thread);

	/* Another socket or direction: this send came from elsewhere, as sendfile and io_uring do. */
	if (entry && entry->sock == (__u64)sk && entry->direction == call->direction) {
		*call = *entry;
		if (call->messages) {
			take_message(call, call->memory);
			entry->memory += sizeof(struct user_mmsghdr);
		} else {
			entry->sock = 0;
		}
	} else if (call->direction == SENT) {
		call->time_ns = bpf_ktime_get_ns();
	}
}

/*
 * The receive that finishes now, by the system call that the task is in. Through another socket than it names, as io_uring and
 * splice do, it is opaque.
 */
static __always_inline void take_received(struct call *call, struct sock *sk)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	struct syscall syscall = {};

	if (!syscall_of(SYSCALL_NUMBER(regs), &syscall) || syscall.direction != RECEIVED || SYSCALL_IS_OVER(regs) ||
	    is_compat_task())
		return;
	if (syscall.arguments == ARGUMENTS_MESSAGES) {
		take_begun(call, sk);
		return;
	}
	struct socket *socket = socket_of(PT_REGS_PARM1_SYSCALL(regs));

	if (!socket || socket->sk != sk)
		return;
	call->memory = PT_REGS_PARM2_SYSCALL(regs);
	call->count = PT_REGS_PARM3_SYSCALL(regs);
	take_arguments(call, syscall.arguments);
}

#endif
