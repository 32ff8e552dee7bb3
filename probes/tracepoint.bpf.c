// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Attach mode `tracepoint`, for kernels built without kprobes: raw_tp/sys_enter remembers when a send on a TCP socket began, and
 * its buffer; raw_tp/sock_send_length and sock_recv_length (Linux 6.3 and later) name the socket and the result. Each leaves
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
	/* Where programs may have been left out, the counts of a unix-domain socket are compared. */
	if (is_read_at_end(&syscall) && !knobs.preempts)
		return 0;
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
	if (is_read_at_end(&syscall))
		return 0;
	struct connection *connection = connection_of(sk);

	if (!connection)
		return 0;
	if (syscall.direction == RECEIVED)
		base_received(sk, connection);
	call_begins(connection, (__u64)sk, regs, &syscall);
	return 0;
}

static __always_inline void send_finished(struct sock *sk, int result)
{
	struct connection *connection = connection_of(sk);

	if (!connection)
		return;
	struct call call = { .direction = SENT, .source = SOURCE_OPAQUE };

	take_begun(&call, sk);
	connection->sending_since = 0;
	if (result > 0)
		payload_moved(sk, connection, &call, SENT, result, 0);
}

static __always_inline void receive_finished(struct sock *sk, int result, int flags)
{
	if (result <= 0 || flags & (MSG_ERRQUEUE | MSG_PEEK))
		return;
	struct connection *connection = connection_of(sk);

	if (!connection)
		return;
	struct call call = { .direction = RECEIVED, .source = SOURCE_OPAQUE };

	take_received(&call, sk);
	if (flags & MSG_TRUNC)
		call.source = SOURCE_OPAQUE;
	payload_moved(sk, connection, &call, RECEIVED, result, connection->sending_since ? DATA_SEND_IN_FLIGHT : 0);
}

SEC("raw_tp/sock_send_length")
int sock_send_length(struct bpf_raw_tracepoint_args *args)
{
	struct sock *sk = TYPED(struct sock, args->args[0]);

	if (is_tcp(sk))
		send_finished(sk, args->args[1]);
	else if (is_unix(sk) && !unix_unwanted(sk))
		bpf_tail_call(args, &unix_programs, UNIX_SENT);
	return 0;
}

SEC("raw_tp/sock_recv_length")
int sock_recv_length(struct bpf_raw_tracepoint_args *args)
{
	struct sock *sk = TYPED(struct sock, args->args[0]);

	if (is_tcp(sk))
		receive_finished(sk, args->args[1], args->args[2]);
	else if (is_unix(sk) && !unix_unwanted(sk))
		bpf_tail_call(args, &unix_programs, UNIX_RECEIVED);
	return 0;
}
