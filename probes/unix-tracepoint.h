/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Unix-domain sockets in attach mode `tracepoint`: what the programs of TCP come upon, they leave to these, each of which has a
 * stack of its own. No tracepoint tells of a unix-domain socket's end: user space has all of them looked at every now and then.
 */
#ifndef QUERYTAP_UNIX_TRACEPOINT_H
#define QUERYTAP_UNIX_TRACEPOINT_H

#include "descriptor.h"
#include "payload.h"
#include "unix-connection.h"
#include "unix-missed.h"
#include <bpf/bpf_tracing.h>

enum unix_program { UNIX_CALLED, UNIX_NOTED, UNIX_SENT, UNIX_RECEIVED, UNIX_SWEEP, UNIX_PROGRAMS };

int unix_called(struct bpf_raw_tracepoint_args *args);
int unix_noted(struct bpf_raw_tracepoint_args *args);
int unix_sent(struct bpf_raw_tracepoint_args *args);
int unix_received(struct bpf_raw_tracepoint_args *args);
int unix_sweep(struct bpf_raw_tracepoint_args *args);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, UNIX_PROGRAMS);
	__uint(key_size, sizeof(__u32));
	__array(values, int (struct bpf_raw_tracepoint_args *));
} unix_programs SEC(".maps") = {
	.values = {
		[UNIX_CALLED] = unix_called,
		[UNIX_NOTED] = unix_noted,
		[UNIX_SENT] = unix_sent,
		[UNIX_RECEIVED] = unix_received,
		[UNIX_SWEEP] = unix_sweep,
	},
};

struct found { __u64 sock; struct syscall syscall; };

/* What sys_enter found: no other run of it comes between on this CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct found);
} founds SEC(".maps");

static __always_inline void unix_found(struct bpf_raw_tracepoint_args *args, struct sock *sk, const struct syscall *syscall)
{
	__u32 only = 0;
	struct found *found = bpf_map_lookup_elem(&founds, &only);

	if (!found)
		return;
	found->sock = (__u64)sk;
	found->syscall = *syscall;
	bpf_tail_call(args, &unix_programs, UNIX_CALLED);
}

/* Whether nobody wants it: then no other program is needed to say so. */
static __always_inline bool unix_unwanted(struct sock *sk)
{
	const struct unix_connection *connection = unix_entry(sk);

	return unix_is_met(connection) && unix_ignored(connection);
}

/* Not inlined, as all that follows a meeting: their stacks must not add up. */
static __noinline int unix_call_begins(struct unix_connection *connection, struct pt_regs *regs, const struct found *found)
{
	if (!connection)
		return 0;
	call_begins(&connection->shared, connection->sock, TYPED(struct pt_regs, regs), &found->syscall);
	if (knobs.preempts && found->syscall.direction == SENT)
		connection->shared.sender = bpf_get_current_pid_tgid();
	return 0;
}

SEC("raw_tp")
int unix_called(struct bpf_raw_tracepoint_args *args)
{
	__u32 only = 0;
	struct found *found = bpf_map_lookup_elem(&founds, &only);

	if (!found)
		return 0;
	if (knobs.preempts)
		unix_compare_counts(found->sock, 0);
	if (is_read_at_end(&found->syscall))
		return 0;
	return unix_call_begins(unix_connection_of((struct sock *)found->sock, 0), (struct pt_regs *)args->args[0], found);
}

/* Calls that move no bytes through memory. */
SEC("raw_tp")
int unix_noted(struct bpf_raw_tracepoint_args *args)
{
	__u64 first = PT_REGS_PARM1_CORE_SYSCALL((struct pt_regs *)args->args[0]);

	if (args->args[1] == NR_GETPPID) {
		/* It takes no argument; user space gives it one. */
		if (knobs.own_pid && first == knobs.own_pid)
			bpf_tail_call(args, &unix_programs, UNIX_SWEEP);
		return 0;
	}
	struct socket *socket = socket_of(first);
	struct sock *sk = socket ? BPF_CORE_READ(socket, sk) : NULL; /* a number, as the functions below take it */

	if (!sk || !is_unix(sk))
		return 0;
	if (args->args[1] == NR_CONNECT)
		unix_connecting(sk);
	else
		unix_blur(sk);
	return 0;
}

static __always_inline int unix_call_finished(struct unix_connection *connection, int result, int flags, __u8 direction)
{
	if (!connection)
		return 0;
	struct sock *sk = (struct sock *)connection->sock;
	struct call call = { .direction = direction, .source = SOURCE_OPAQUE };

	if (direction == SENT) {
		take_begun(&call, sk);
		connection->shared.sending_since = connection->shared.sender = 0;
	} else {
		take_received(&call, sk);
	}
	if (result <= 0 || (direction == RECEIVED && flags & (MSG_ERRQUEUE | MSG_PEEK)))
		return 0;
	__u16 in_flight = direction == RECEIVED && connection->shared.sending_since ? DATA_SEND_IN_FLIGHT : 0;

	bytes_moved(sk, &connection->shared, &call, direction, result, in_flight, true);
	return 0;
}

static __noinline int unix_send_finished(struct unix_connection *connection, int result)
{
	return unix_call_finished(connection, result, 0, SENT);
}

static __noinline int unix_receive_finished(struct unix_connection *connection, int result, int flags)
{
	return unix_call_finished(connection, result, flags, RECEIVED);
}

SEC("raw_tp")
int unix_sent(struct bpf_raw_tracepoint_args *args)
{
	return unix_send_finished(unix_connection_of((struct sock *)args->args[0], 0), args->args[1]);
}

SEC("raw_tp")
int unix_received(struct bpf_raw_tracepoint_args *args)
{
	struct sock *sk = (struct sock *)args->args[0];
	int result = args->args[1], flags = args->args[2];

	__u32 received = result > 0 && !(flags & MSG_PEEK) ? result : 0;

	return unix_receive_finished(unix_connection_of(sk, received), result, flags);
}

static long forget_closed(void *map, const __u64 *key, struct unix_connection *connection, void *unused)
{
	/* A socket that closed has no inode any more, nor has what its memory is used for since the same. */
	if (socket_inode((struct sock *)connection->sock) != *key)
		unix_ended(*key);
	return 0;
}

SEC("raw_tp")
int unix_sweep(struct bpf_raw_tracepoint_args *args)
{
	bpf_for_each_map_elem(&unix_connections, forget_closed, NULL, 0);
	return 0;
}

#endif
