// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Attach mode `tracepoint`, for kernels built without kprobes: raw_tp/sys_enter remembers the buffer of a call on a TCP
 * socket; raw_tp/sock_send_length and sock_recv_length (Linux 6.3 and later) name the socket and the result. Each leaves
 * unix-domain sockets to a program of theirs.
 */
#define TYPED_POINTERS
#include "compat.h"
#include "descriptor.h"
#include "maps.h"
#include "payload.h"
#include "state.h"
#include "syscalls.h"
#include "unix-tracepoint.h"
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("raw_tp/sys_enter")
int sys_enter(struct bpf_raw_tracepoint_args *args)
{
	struct syscall syscall;

	if (!syscall_of(args->args[1], &syscall) || is_compat_task())
		return 0;
	if (syscall.arguments == ARGUMENTS_NONE) {
		bpf_tail_call(args, &unix_programs, UNIX_NOTED);
		return 0;
	}
	struct pt_regs *regs = TYPED(struct pt_regs, args->args[0]);
	struct socket *socket = socket_of(PT_REGS_PARM1_SYSCALL(regs));
	struct sock *sk = socket ? socket->sk : NULL;

	if (!sk)
		return 0;
	if (!is_tcp(sk)) {
		if (is_unix(sk) && !unix_unwanted(sk))
			unix_found(args, sk, &syscall);
		return 0;
	}
	struct connection *connection = connection_of(sk);

	if (!connection)
		return 0;
	if (syscall.direction == RECEIVED)
		base_received(sk, connection);
	call_begins(connection, (__u64)sk, regs, &syscall);
	return 0;
}

static __always_inline void call_finished(struct sock *sk, int result, int flags, __u8 direction)
{
	struct connection *connection = connection_of(sk);

	if (!connection)
		return;
	struct call call = { .direction = direction, .source = SOURCE_OPAQUE };

	take_begun(&call, sk);
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
	struct sock *sk = TYPED(struct sock, args->args[0]);

	if (is_tcp(sk))
		call_finished(sk, args->args[1], args->args[2], SENT);
	else if (is_unix(sk) && !unix_unwanted(sk))
		bpf_tail_call(args, &unix_programs, UNIX_SENT);
	return 0;
}

SEC("raw_tp/sock_recv_length")
int sock_recv_length(struct bpf_raw_tracepoint_args *args)
{
	struct sock *sk = TYPED(struct sock, args->args[0]);

	if (is_tcp(sk))
		call_finished(sk, args->args[1], args->args[2], RECEIVED);
	else if (is_unix(sk) && !unix_unwanted(sk))
		bpf_tail_call(args, &unix_programs, UNIX_RECEIVED);
	return 0;
}
