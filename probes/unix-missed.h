/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Bytes of a unix-domain socket that moved while the program which counts them was left out: by a return probe without room, or
 * by a kernel that preempts its own code. The other end counts the same bytes: what one has sent the other has read, or it waits there.
 */
#ifndef QUERYTAP_UNIX_MISSED_H
#define QUERYTAP_UNIX_MISSED_H

#include "held-header.h"
#include "unix-connection.h"

/* The end that counts together with this one; NULL: none does. */
static __always_inline struct unix_connection *unix_counterpart(const struct unix_connection *connection, struct sock *sk)
{
	struct unix_connection *other = unix_entry(unix_peer(sk));

	if (!other || other->blurred || other->offers || connection->offers || other->shared.ignored)
		return NULL;
	return other;
}

/*
 * What `receiver` has read of what `sender` sent and has not counted. A send that goes on is not counted yet: then nothing is known.
 * @param sk the receiver's
 */
static __always_inline bool unix_missed_receive(const struct unix_connection *sender, const struct unix_connection *receiver,
						struct sock *sk, __s32 *missed)
{
	volatile const __u32 *sent = &sender->shared.sequence[SENT];
	volatile const __u64 *sending = &sender->shared.sending_since;
	__u32 before = *sent;
	long unread = unix_unread((__u64)sk);

	*missed = before - unread - receiver->shared.sequence[RECEIVED];
	return unread >= 0 && !*sending && *sent == before;
}

/* What `sender` has sent and not counted, while it sends nothing. @param sk the receiver's */
static __always_inline bool unix_missed_send(const struct unix_connection *sender, const struct unix_connection *receiver,
					     struct sock *sk, __s32 *missed)
{
	volatile const __u32 *received = &receiver->shared.sequence[RECEIVED];
	__u32 before = *received;
	long unread = unix_unread((__u64)sk);

	*missed = before + unread - sender->shared.sequence[SENT];
	return unread >= 0 && !sender->shared.sending_since && *received == before;
}

/* What comes next is behind a hole. */
static __always_inline void unix_advance(struct unix_connection *connection, __u32 direction, __u32 missed)
{
	if (connection->shared.held_at)
		header_tell(&connection->shared);
	connection->shared.sequence[direction] += missed;
	connection->shared.position[direction] += missed;
}

/* This thread is inside no send any more. @return whether it was, as far as was known */
static __always_inline bool unix_settle_send(struct unix_connection *connection)
{
	if (connection->shared.sender != bpf_get_current_pid_tgid())
		return false;
	connection->shared.sender = 0;
	connection->shared.sending_since = 0;
	return true;
}

/*
 * Where the kernel preempts its own code: compares both directions' counts at a call's beginning, or, of a receive, at its end.
 * @param received bytes that it has read and not counted yet; 0 at a beginning
 */
__noinline int unix_compare_counts(__u64 address, __u32 received)
{
	struct sock *sk = (struct sock *)address;
	struct unix_connection *connection = unix_entry(sk);
	struct unix_connection *other = connection && !connection->blurred ? unix_counterpart(connection, sk) : NULL;
	struct sock *peer = unix_peer(sk);
	__s32 missed;

	if (!other || !peer)
		return 0;
	/* A thread that calls has returned from its sends before. */
	unix_settle_send(connection);
	if (unix_missed_receive(other, connection, sk, &missed)) {
		missed -= received;
		if (missed > 0)
			unix_advance(connection, RECEIVED, missed);
	} else if (other->shared.sending_since && missed > (__s32)received) {
		/* More than this call read, and how much more is not known while that send goes on. */
		connection->blurred = 1;
		return 0;
	}
	if (unix_missed_send(connection, other, peer, &missed) && missed > 0)
		unix_advance(connection, SENT, missed);
	return 0;
}

#endif
