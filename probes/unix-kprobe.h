/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Unix-domain sockets in attach mode `kprobe`: their calls hold no lock that says when they have moved their bytes, so a return
 * probe has to. It has room for so many callers at a time and no more: whose return was missed is found out at the next call.
 */
#ifndef QUERYTAP_UNIX_KPROBE_H
#define QUERYTAP_UNIX_KPROBE_H

#include "message.h"
#include "payload.h"
#include "unix-connection.h"
#include "unix-missed.h"
#include <bpf/bpf_tracing.h>

#define MSG_PEEK 2
#define EEXIST 17

/* A receive whose return was missed. @return false: what it took cannot be said */
static __always_inline bool unix_count_missed(struct unix_connection *connection, struct sock *sk)
{
	struct unix_connection *other = unix_counterpart(connection, sk);
	__s32 missed;

	if (!other || !unix_missed_receive(other, connection, sk, &missed) || missed < 0)
		return false;
	unix_advance(connection, RECEIVED, missed);
	return true;
}

/* A thread that calls has returned from its calls before. */
__noinline int unix_settle(__u64 address, __u32 direction)
{
	struct sock *sk = (struct sock *)address;
	struct unix_connection *connection = unix_entry(sk);
	__u64 thread = bpf_get_current_pid_tgid();

	if (!connection)
		return 0;
	if (unix_settle_send(connection))
		connection->blurred = 1;
	if (connection->receiver == thread || (connection->receiver && direction == RECEIVED)) {
		connection->receiver = 0;
		if (!unix_count_missed(connection, sk))
			connection->blurred = 1;
	}
	return 0;
}

/* Not inlined, as all that follows a meeting: their stacks must not add up. */
static __noinline int unix_call_begins(struct unix_connection *connection, struct msghdr *message, __u32 direction)
{
	__u64 thread = bpf_get_current_pid_tgid(), key = thread | UNIX_CALL;

	if (!connection)
		return 0;
	struct call call = {
		.sock = connection->sock,
		.message = (__u64)message,
		.time_ns = direction == SENT ? bpf_ktime_get_ns() : 0,
		.direction = direction,
	};

	if (message)
		take_iterator(&call, &message->msg_iter);
	long failed = bpf_map_update_elem(&calls, &key, &call, BPF_NOEXIST);

	if (failed == -EEXIST) {
		lose(LOSS_RETURNS, 1);
		failed = bpf_map_update_elem(&calls, &key, &call, BPF_ANY);
	}
	if (failed) {
		lose(LOSS_CALLS, 1);
		connection->blurred = 1;
		return 0;
	}
	if (direction == RECEIVED) {
		connection->receiver = thread;
	} else if (!connection->shared.sender) {
		connection->shared.sender = thread;
		connection->shared.sending_since = call.time_ns;
	}
	return 0;
}

static __always_inline int unix_call(struct socket *socket, struct msghdr *message, __u32 direction)
{
	struct sock *sk = BPF_CORE_READ(socket, sk);

	if (!is_unix(sk))
		return 0;
	struct unix_connection *connection = unix_entry(sk);

	if (connection && (connection->shared.sender || connection->receiver))
		unix_settle((__u64)sk, direction);
	return unix_call_begins(unix_connection_of(sk, 0), message, direction);
}

static __always_inline void unix_call_moved(struct unix_connection *connection, struct call *call, int result, __u8 direction)
{
	if (result <= 0 || connection->blurred || connection->shared.ignored)
		return;
	if (call->message) {
		struct iov_iter *iter = &((struct msghdr *)call->message)->msg_iter;

		if (call->iter_count - BPF_CORE_READ(iter, count) != (__u32)result)
			call->source = SOURCE_OPAQUE;
	}
	__u16 flags = direction == RECEIVED && connection->shared.sending_since ? DATA_SEND_IN_FLIGHT : 0;

	bytes_moved((struct sock *)call->sock, &connection->shared, call, direction, result, flags, true);
}

static __always_inline int unix_call_returned(int result, __u8 direction)
{
	__u64 thread = bpf_get_current_pid_tgid(), key = thread | UNIX_CALL;
	struct call *entry = bpf_map_lookup_elem(&calls, &key);

	if (!entry || entry->direction != direction)
		return 0;
	struct call call = *entry;
	struct sock *sk = (struct sock *)call.sock;

	bpf_map_delete_elem(&calls, &key);
	struct unix_connection *connection = unix_entry(sk);

	if (!connection)
		return 0;
	unix_call_moved(connection, &call, result, direction);
	if (connection->receiver == thread)
		connection->receiver = 0;
	/* Last: see unix_count_missed(). */
	unix_settle_send(connection);
	return 0;
}

SEC("kprobe/unix_stream_sendmsg")
int BPF_KPROBE(unix_sendmsg_entry, struct socket *socket, struct msghdr *message)
{
	return unix_call(socket, message, SENT);
}

SEC("kretprobe/unix_stream_sendmsg")
int BPF_KRETPROBE(unix_sendmsg_return, int result)
{
	return unix_call_returned(result, SENT);
}

SEC("kprobe/unix_stream_recvmsg")
int BPF_KPROBE(unix_recvmsg_entry, struct socket *socket, struct msghdr *message, unsigned long size, int flags)
{
	return flags & MSG_PEEK ? 0 : unix_call(socket, message, RECEIVED);
}

SEC("kretprobe/unix_stream_recvmsg")
int BPF_KRETPROBE(unix_recvmsg_return, int result)
{
	return unix_call_returned(result, RECEIVED);
}

/* sendfile, and splice to the socket, up to Linux 6.4; later they go through unix_stream_sendmsg. */
SEC("kprobe/unix_stream_sendpage")
int BPF_KPROBE(unix_sendpage_entry, struct socket *socket)
{
	return unix_call(socket, NULL, SENT);
}

SEC("kretprobe/unix_stream_sendpage")
int BPF_KRETPROBE(unix_sendpage_return, int result)
{
	return unix_call_returned(result, SENT);
}

SEC("kprobe/unix_stream_splice_read")
int BPF_KPROBE(unix_splice_read_entry, struct socket *socket)
{
	unix_blur(BPF_CORE_READ(socket, sk));
	return 0;
}

SEC("kprobe/unix_stream_connect")
int BPF_KPROBE(unix_connect_entry, struct socket *socket)
{
	unix_connecting(BPF_CORE_READ(socket, sk));
	return 0;
}

SEC("kprobe/unix_release")
int BPF_KPROBE(unix_release_entry, struct socket *socket)
{
	unix_closing(BPF_CORE_READ(socket, sk));
	return 0;
}

#endif
