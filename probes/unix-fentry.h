/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Unix-domain sockets in attach mode `fentry`: as with TCP, an exit sees the arguments too. */
#ifndef QUERYTAP_UNIX_FENTRY_H
#define QUERYTAP_UNIX_FENTRY_H

#include "message.h"
#include "payload.h"
#include "sender.h"
#include "unix-connection.h"
#include "unix-missed.h"

#define MSG_PEEK 2

static __always_inline struct sock *sock_of(__u64 socket)
{
	return BPF_CORE_READ((struct socket *)socket, sk);
}

/* Not inlined, as all that follows a meeting: their stacks must not add up. */
static __noinline int unix_send_begins(struct unix_connection *connection)
{
	if (connection)
		send_begins((struct sock *)connection->sock, &connection->shared);
	return 0;
}

static __always_inline int unix_send(__u64 socket)
{
	struct sock *sk = sock_of(socket);

	if (!is_unix(sk))
		return 0;
	if (knobs.preempts)
		unix_compare_counts((__u64)sk, 0);
	return unix_send_begins(unix_connection_of(sk, 0));
}

static __noinline int unix_moved(struct unix_connection *connection, struct msghdr *message, __u64 asked, int result,
				 __u32 direction)
{
	if (!connection || connection->blurred)
		return 0;
	struct sock *sk = (struct sock *)connection->sock;
	struct call call = { .direction = direction, .pages = !message };

	if (direction == SENT)
		call.time_ns = send_ended(sk, &connection->shared);
	if (result <= 0)
		return 0;
	if (message)
		take_passed(&call, &message->msg_iter, asked, result);
	__u16 flags = direction == RECEIVED && connection->shared.sending_since ? DATA_SEND_IN_FLIGHT : 0;

	bytes_moved(sk, &connection->shared, &call, direction, result, flags, true);
	return 0;
}

static __always_inline int unix_sent(__u64 socket, struct msghdr *message, __u64 asked, int result)
{
	struct sock *sk = sock_of(socket);

	/* It was met when the send began. */
	struct unix_connection *connection = is_unix(sk) ? unix_entry(sk) : NULL;

	return connection && !unix_ignored(connection) ? unix_moved(connection, message, asked, result, SENT) : 0;
}

static __always_inline int unix_received(__u64 socket, struct msghdr *message, __u64 asked, int result)
{
	struct sock *sk = sock_of(socket);

	if (result <= 0 || !is_unix(sk))
		return 0;
	if (knobs.preempts)
		unix_compare_counts((__u64)sk, result);
	return unix_moved(unix_connection_of(sk, result), message, asked, result, RECEIVED);
}

SEC("fentry/unix_stream_sendmsg")
int unix_sendmsg_entry(__u64 *args)
{
	return unix_send(args[0]);
}

SEC("fexit/unix_stream_sendmsg")
int unix_sendmsg_exit_3(__u64 *args)
{
	return unix_sent(args[0], (struct msghdr *)args[1], args[2], args[3]);
}

SEC("fexit/unix_stream_recvmsg")
int unix_recvmsg_exit_4(__u64 *args)
{
	return args[3] & MSG_PEEK ? 0 : unix_received(args[0], (struct msghdr *)args[1], args[2], args[4]);
}

/* sendfile, and splice to the socket, up to Linux 6.4; later they go through unix_stream_sendmsg. */
SEC("fentry/unix_stream_sendpage")
int unix_sendpage_entry(__u64 *args)
{
	return unix_send(args[0]);
}

SEC("fexit/unix_stream_sendpage")
int unix_sendpage_exit_5(__u64 *args)
{
	return unix_sent(args[0], NULL, 0, args[5]);
}

SEC("fentry/unix_stream_splice_read")
int unix_splice_read_entry(__u64 *args)
{
	unix_blur(sock_of(args[0]));
	return 0;
}

SEC("fentry/unix_stream_connect")
int unix_connect_entry(__u64 *args)
{
	unix_connecting(sock_of(args[0]));
	return 0;
}

SEC("fentry/unix_release")
int unix_release_entry(__u64 *args)
{
	unix_closing(sock_of(args[0]));
	return 0;
}

#endif
