// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Attach mode `fentry`: trampolines at tcp_sendmsg and at the exits of tcp_sendmsg and tcp_recvmsg. The cheapest: an exit
 * sees the arguments too, so a receive needs no probe at its entry, and no call needs an entry in a map of threads.
 */
#define TYPED_POINTERS
#include "maps.h"
#include "message.h"
#include "payload.h"
#include "sender.h"
#include "state.h"
#include "unix-fentry.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline struct connection *wanted(struct sock *sk)
{
	return is_tcp(sk) ? connection_of(sk) : NULL;
}

static __always_inline void tcp_send(struct sock *sk)
{
	struct connection *connection = wanted(sk);

	if (connection)
		send_begins(sk, connection);
}

static __always_inline void message_sent(struct sock *sk, struct msghdr *message, __u64 asked, int result)
{
	struct connection *connection = wanted(sk);

	if (!connection)
		return;
	struct call call = { .time_ns = send_ended(sk, connection), .pages = !message };

	if (result <= 0)
		return;
	if (message)
		take_passed(&call, &message->msg_iter, asked, result);
	payload_moved(sk, connection, &call, SENT, result, 0);
}

SEC("fentry/tcp_sendmsg")
int tcp_sendmsg_entry(__u64 *args)
{
	tcp_send((struct sock *)args[0]);
	return 0;
}

SEC("fexit/tcp_sendmsg")
int tcp_sendmsg_exit(__u64 *args)
{
	message_sent((struct sock *)args[0], (struct msghdr *)args[1], args[2], args[3]);
	return 0;
}

/* sendfile and splice, up to Linux 6.4; later they go through tcp_sendmsg. Pages, not user memory: moved, not copied. */
SEC("fentry/tcp_sendpage")
int tcp_sendpage_entry(__u64 *args)
{
	tcp_send((struct sock *)args[0]);
	return 0;
}

SEC("fexit/tcp_sendpage")
int tcp_sendpage_exit(__u64 *args)
{
	message_sent((struct sock *)args[0], NULL, 0, args[5]);
	return 0;
}

static __always_inline int message_received(__u64 *args, int flags, int result)
{
	if (result <= 0 || flags & MSG_PEEK)
		return 0;
	struct sock *sk = (struct sock *)args[0];
	struct connection *connection = wanted(sk);

	if (!connection)
		return 0;
	struct msghdr *message = (struct msghdr *)args[1];
	struct call call = { .direction = RECEIVED };

	take_passed(&call, &message->msg_iter, args[2], result);
	payload_moved(sk, connection, &call, RECEIVED, result, connection->sending_since ? DATA_SEND_IN_FLIGHT : 0);
	return 0;
}

/*
 * The result lies behind the arguments, whose number fell in 5.19 and again before 7.2: one program for each, and user space asks
 * the kernel's type information which to load.
 */
SEC("fexit/tcp_recvmsg")
int tcp_recvmsg_exit_4(__u64 *args)
{
	return message_received(args, args[3], args[4]);
}

SEC("fexit/tcp_recvmsg")
int tcp_recvmsg_exit_5(__u64 *args)
{
	return message_received(args, args[3], args[5]);
}

SEC("fexit/tcp_recvmsg")
int tcp_recvmsg_exit_6(__u64 *args)
{
	return message_received(args, args[4], args[6]);
}
