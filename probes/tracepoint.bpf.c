// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Attach mode `tracepoint`, for kernels built without kprobes: raw_tp/sys_enter remembers the buffer of a call on a TCP
 * socket; raw_tp/sock_send_length and sock_recv_length (Linux 6.3 and later) name the socket and the result.
 */
#include "compat.h"
#include "maps.h"
#include "payload.h"
#include "state.h"
#include "syscalls.h"
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define MSG_ERRQUEUE 0x2000
#define MSG_TRUNC 0x20
#define MSG_PEEK 2

/* The TCP socket behind a descriptor of the current task; NULL when it is none. */
static __always_inline struct sock *socket_of(unsigned int fd)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **files, *file = NULL;

	if (fd >= BPF_CORE_READ(table, max_fds))
		return NULL;
	files = BPF_CORE_READ(table, fd);
	bpf_probe_read_kernel(&file, sizeof(file), files + fd);
	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return NULL;
	struct socket *socket = BPF_CORE_READ(file, private_data);
	struct sock *sk = BPF_CORE_READ(socket, sk);

	return sk && is_tcp(sk) ? sk : NULL;
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

SEC("raw_tp/sys_enter")
int sys_enter(struct bpf_raw_tracepoint_args *args)
{
	struct syscall syscall;

	if (!syscall_of(args->args[1], &syscall) || is_compat_task())
		return 0;
	struct pt_regs *regs = (struct pt_regs *)args->args[0];
	struct sock *sk = socket_of(PT_REGS_PARM1_CORE_SYSCALL(regs));

	if (!sk)
		return 0;
	struct connection *connection = connection_of(sk);

	if (!connection)
		return 0;
	if (syscall.direction == RECEIVED)
		base_received(sk, connection);
	__u64 thread = bpf_get_current_pid_tgid();
	struct call call = {
		.sock = (__u64)sk,
		.time_ns = bpf_ktime_get_ns(),
		.memory = PT_REGS_PARM2_CORE_SYSCALL(regs),
		.count = PT_REGS_PARM3_CORE_SYSCALL(regs),
		.direction = syscall.direction,
	};

	switch (syscall.arguments) {
	case ARGUMENTS_BUFFER:
		call.source = SOURCE_BUFFER;
		break;
	case ARGUMENTS_IOVECS:
		call.source = SOURCE_USER_IOVECS;
		break;
	case ARGUMENTS_MESSAGE:
		take_message(&call, call.memory);
		break;
	case ARGUMENTS_MESSAGES:
		call.messages = 1;
		break;
	}
	if (bpf_map_update_elem(&calls, &thread, &call, BPF_ANY)) {
		lose(LOSS_CALLS, 1);
		return 0;
	}
	if (call.direction == SENT)
		connection->sending_since = call.time_ns;
	return 0;
}

static __always_inline void call_finished(struct sock *sk, int result, int flags, __u8 direction)
{
	if (!is_tcp(sk))
		return;
	struct connection *connection = connection_of(sk);

	if (!connection)
		return;
	__u64 thread = bpf_get_current_pid_tgid();
	struct call *entry = bpf_map_lookup_elem(&calls, &thread);
	struct call call = { .direction = direction, .source = SOURCE_OPAQUE };

	/* Another socket or direction: this send came from elsewhere, as sendfile and io_uring do. */
	if (entry && entry->sock == (__u64)sk && entry->direction == direction) {
		call = *entry;
		if (call.messages) {
			take_message(&call, call.memory);
			entry->memory += sizeof(struct user_mmsghdr);
		} else {
			bpf_map_delete_elem(&calls, &thread);
		}
	} else {
		call.time_ns = bpf_ktime_get_ns();
	}
	if (direction == SENT)
		connection->sending_since = 0;
	if (result <= 0 || (direction == RECEIVED && flags & (MSG_ERRQUEUE | MSG_PEEK)))
		return;
	if (direction == RECEIVED && flags & MSG_TRUNC)
		call.source = SOURCE_OPAQUE;
	__u16 in_flight = direction == RECEIVED && connection->sending_since ? DATA_SEND_IN_FLIGHT : 0;

	payload_moved(sk, connection, &call, direction, result, in_flight);
}

SEC("raw_tp/sock_send_length")
int sock_send_length(struct bpf_raw_tracepoint_args *args)
{
	call_finished((struct sock *)args->args[0], args->args[1], args->args[2], SENT);
	return 0;
}

SEC("raw_tp/sock_recv_length")
int sock_recv_length(struct bpf_raw_tracepoint_args *args)
{
	call_finished((struct sock *)args->args[0], args->args[1], args->args[2], RECEIVED);
	return 0;
}
