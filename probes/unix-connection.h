/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * From a unix-domain socket to its connection. No kernel counts what moved through it, so the connection does, and the two
 * ends count from the same moment: whichever is met first offers the other what to begin with.
 */
#ifndef QUERYTAP_UNIX_CONNECTION_H
#define QUERYTAP_UNIX_CONNECTION_H

#include "connection.h"
#include "unix.h"

enum meeting { MET_CONNECTING, MET_CALLING };

struct unix_connection {
	struct connection shared;	/* with TCP: all but addresses and ports */
	__u64 sock;
	__u32 offered[2];	/* `sequence` for the other end, by its own directions */
	__u8 offers;
	__u8 blurred;		/* bytes may have moved unseen: what comes is another connection's */
	__u8 padding[6];
	__u64 receiver;		/* a thread that is inside a receive, kprobe only; 0: none is */
};

/* Keyed by the number of the socket's inode. A map of their own: no desktop's chatter pushes a TCP connection out. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct unix_connection);
} unix_connections SEC(".maps");

/* A socket's entry, whether or not it is wanted; NULL: none yet. */
static __always_inline struct unix_connection *unix_entry(const struct sock *sk)
{
	__u64 key = sk ? socket_inode(sk) : 0;
	struct unix_connection *connection = key ? bpf_map_lookup_elem(&unix_connections, &key) : NULL;

	return connection && connection->sock == (__u64)sk ? connection : NULL;
}

/* Not inlined, and not static, as those below: the verifier then looks at it once for each program that calls it. */
__noinline int unix_ended(__u64 key)
{
	struct unix_connection *connection = bpf_map_lookup_elem(&unix_connections, &key);

	if (!connection)
		return 0;
	connection_forget(&connection->shared);
	bpf_map_delete_elem(&unix_connections, &key);
	return 0;
}

/*
 * The first of the two ends that is met. What was sent and is not read yet was counted by neither.
 * @param received bytes that the call which met it has read already
 */
static __always_inline void unix_offer(struct unix_connection *fresh, struct sock *sk, struct sock *peer, __u32 received)
{
	long coming = unix_unread((__u64)sk), going = peer ? unix_unread((__u64)peer) : 0;

	/* Too much to count: nothing that the other end begins with will fit. */
	fresh->offers = coming >= 0 && going >= 0;
	fresh->offered[SENT] = fresh->shared.sequence[RECEIVED] + received + coming;
	fresh->offered[RECEIVED] = fresh->shared.sequence[SENT] - going;
}

__noinline int unix_connection_begin(__u64 address, __u32 meeting, __u32 received)
{
	struct sock *sk = (struct sock *)address;
	__u64 key = socket_inode(sk);
	struct sock *peer = unix_peer(sk);
	struct unix_connection fresh = { .sock = (__u64)sk, .shared.turn = NO_TURN, .shared.based = { 1, 1 } };
	struct unix_connection *other = unix_entry(peer);

	if (!key)
		return 0;
	unix_ended(key);
	fresh.shared.id = next_id(NUMBERED_BY_PAYLOAD);
	/* Of no other connection, so that ends which do not count together do not seem to. */
	fresh.shared.sequence[SENT] = fresh.shared.id * 2654435761U;
	fresh.shared.sequence[RECEIVED] = fresh.shared.id * 2246822519U + 1;
	if (meeting == MET_CONNECTING) {
		fresh.shared.role = ROLE_CONNECTED;
		unix_offer(&fresh, sk, NULL, 0);
	} else {
		fresh.shared.mid_life = 1;
		fresh.shared.role = unix_role(sk, peer);
		if (other && other->offers && !other->blurred) {
			other->offers = 0;
			fresh.shared.mid_life = other->shared.mid_life;
			fresh.shared.sequence[SENT] = other->offered[SENT];
			fresh.shared.sequence[RECEIVED] = other->offered[RECEIVED];
			if (other->shared.role == ROLE_CONNECTED)
				fresh.shared.role = ROLE_ACCEPTED;
		} else {
			unix_offer(&fresh, sk, peer, received);
			if (other)
				other->blurred = 1;
		}
	}
	if (bpf_map_update_elem(&unix_connections, &key, &fresh, BPF_ANY))
		lose(LOSS_CONNECTIONS, 1);
	return 0;
}

/* What moved while a connection was unwanted was not counted: it is met again as another. */
static __always_inline void unix_judge(struct unix_connection *connection, struct sock *sk)
{
	__u32 only = 0;
	const struct filter *rules = bpf_map_lookup_elem(&filter, &only);

	if (!rules || connection->shared.generation == rules->generation)
		return;
	bool ignored = !filter_agrees(rules, 0, 0, sk, connection->shared.role);

	if (connection->shared.ignored && !ignored)
		connection->blurred = 1;
	connection->shared.ignored = ignored;
	connection->shared.generation = rules->generation;
}

static __always_inline bool unix_ignored(const struct unix_connection *connection)
{
	__u32 slot = connection->shared.id & (VERDICTS - 1);

	if (connection->shared.ignored)
		return true;
	__u64 *verdict = bpf_map_lookup_elem(&verdicts, &slot);

	return verdict && *verdict == connection->shared.id;
}

/*
 * Meets the connection that this socket is now, and judges it where the filter has changed. Called by a program itself,
 * before it calls what has a large stack of its own.
 * @param received as in unix_offer()
 * @return whether it is wanted
 */
__noinline int unix_meet(__u64 address, __u32 received)
{
	struct sock *sk = (struct sock *)address;
	struct unix_connection *connection = unix_entry(sk);

	if (connection && !connection->blurred)
		unix_judge(connection, sk);
	if (!connection || connection->blurred) {
		if (!unix_peer(sk))
			return 0;
		unix_connection_begin(address, MET_CALLING, received);
		connection = unix_entry(sk);
		if (!connection)
			return 0;
		unix_judge(connection, sk);
	}
	return !unix_ignored(connection);
}

/* Whether it need not be met: most have been, and the filter has not changed since. */
static __always_inline bool unix_is_met(const struct unix_connection *connection)
{
	__u32 only = 0;
	const struct filter *rules = bpf_map_lookup_elem(&filter, &only);

	return connection && !connection->blurred && rules && connection->shared.generation == rules->generation;
}

/* The connection that this socket is now; NULL when nobody wants it, and when it is not connected. */
static __always_inline struct unix_connection *unix_connection_of(struct sock *sk, __u32 received)
{
	struct unix_connection *connection = unix_entry(sk);

	if (unix_is_met(connection))
		return unix_ignored(connection) ? NULL : connection;
	return unix_meet((__u64)sk, received) ? unix_entry(sk) : NULL;
}

/* A socket that is about to connect: what it moves is seen from the beginning. */
static __always_inline void unix_connecting(struct sock *sk)
{
	if (is_unix(sk) && !unix_peer(sk))
		unix_connection_begin((__u64)sk, MET_CONNECTING, 0);
}

/* A socket that closes: no call on it goes on. */
static __always_inline void unix_closing(struct sock *sk)
{
	if (sk && is_unix(sk))
		unix_ended(socket_inode(sk));
}

/* Bytes have moved, or may have, that were not counted: splice from the socket, which is too rare for programs that would. */
static __always_inline void unix_blur(struct sock *sk)
{
	struct unix_connection *connection = unix_entry(sk);

	/* Not met so far: it must not begin with what the other end offers. */
	if (!connection && is_unix(sk) && unix_peer(sk)) {
		unix_connection_begin((__u64)sk, MET_CALLING, 0);
		connection = unix_entry(sk);
	}
	if (connection)
		connection->blurred = 1;
}

/* @return false: the ring has no room */
static __always_inline bool unix_announce(struct sock *sk, struct connection *connection)
{
	if (connection->announced)
		return true;
	struct sock *peer = unix_peer(sk);
	struct open_unix_event *event = bpf_ringbuf_reserve(&ring, sizeof(*event), 0);

	if (!event)
		return false;
	connection->announced = 1;
	__builtin_memset(event, 0, sizeof(*event));
	event->kind = EVENT_OPEN_UNIX;
	event->role = connection->role;
	event->flags = connection->mid_life ? OPEN_MID_LIFE : 0;
	event->connection = connection->id;
	event->time_ns = bpf_ktime_get_ns();
	event->cgroup = bpf_get_current_cgroup_id();
	event->netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	event->pid = bpf_get_current_pid_tgid() >> 32;
	event->inode = socket_inode(sk);
	event->peer_inode = peer ? socket_inode(peer) : 0;
	event->peer_pid = BPF_CORE_READ(sk, sk_peer_pid, numbers[0].nr);
	__u32 path = unix_path(sk, connection->role, event->path);

	event->path_end = (__u8)path;
	event->path_bytes = path >> PATH_LENGTH;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
	return true;
}

#endif
