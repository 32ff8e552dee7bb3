/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* From a socket to the connection it is in this life: made when the socket is established or first seen, ended at its close. */
#ifndef QUERYTAP_CONNECTION_H
#define QUERYTAP_CONNECTION_H

#include "compat.h"
#include "filter.h"
#include "held-header.h"
#include "pending.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>

#define AF_INET 2
#define AF_INET6 10
#define IPPROTO_TCP 6
#define TCP_CLOSE 7 /* include/net/tcp_states.h */

enum numbering { NUMBERED_BY_STATE, NUMBERED_BY_PAYLOAD };

static __always_inline bool is_tcp_in(__u16 family, __u16 protocol)
{
	return (family == AF_INET || family == AF_INET6) && protocol == IPPROTO_TCP;
}

static __always_inline bool is_tcp(const struct sock *sk)
{
	return is_tcp_in(SOCK_FIELD(sk, __sk_common.skc_family), SOCK_FIELD(sk, sk_protocol));
}

/*
 * A count for each CPU, spread so that ids of all CPUs differ and follow one another. There is no atomic fetch before 5.12: a count
 * is this call's own only where nobody who came between has counted too.
 */
static __always_inline __u64 next_id(__u32 numbering)
{
	volatile __u64 *number = bpf_map_lookup_elem(&numbers, &numbering);
	__u64 before, after;

	if (!number)
		return 0;
	for (int attempt = 0; attempt < 4; attempt++) {
		before = *number;
		__sync_fetch_and_add(number, 1);
		after = *number;
		if (after == before + 1)
			break;
	}
	return (after * knobs.cpus + bpf_get_smp_processor_id()) * 2 + numbering;
}

/* TCP sequence number behind what was sent, or behind what was received: the kernel's own count of moved bytes. */
static __always_inline __u32 next_sequence(struct sock *sk, __u8 direction)
{
	if (direction == SENT)
		return FIELD_AT(struct tcp_sock, sk, write_seq);
	__u32 next = FIELD_AT(struct tcp_sock, sk, copied_seq);
	bool fin_came = FIELD_AT(struct sock, sk, __sk_common.skc_flags) & (1UL << bpf_core_enum_value(enum sock_flags, SOCK_DONE));

	/* A receive that reaches the FIN takes its sequence number along: no payload. */
	return fin_came && next == FIELD_AT(struct tcp_sock, sk, rcv_nxt) ? next - 1 : next;
}

/*
 * The received stream is counted from here. Without it the first receive that is seen would count as the first that
 * moved: wrong where it only looks (MSG_PEEK), and blind to what was taken unseen before it.
 */
static __always_inline void base_received(struct sock *sk, struct connection *connection)
{
	if (connection->based[RECEIVED])
		return;
	connection->sequence[RECEIVED] = next_sequence(sk, RECEIVED);
	connection->based[RECEIVED] = 1;
}

/* Payload that came and is not told of yet, or a send that is not over: its end comes when the socket goes. */
static __always_inline bool connection_outlives(struct sock *sk, const struct connection *connection)
{
	struct tcp_sock *tcp = (struct tcp_sock *)sk;
	bool fin_came = BPF_CORE_READ(sk, __sk_common.skc_flags) & (1UL << bpf_core_enum_value(enum sock_flags, SOCK_DONE));
	__u32 came = BPF_CORE_READ(tcp, rcv_nxt) - fin_came;

	return connection->sending_since ||
	       (connection->based[RECEIVED] && (__s32)(came - connection->sequence[RECEIVED]) > 0);
}

/* The last that is told of it. */
static __always_inline void connection_forget(struct connection *connection)
{
	if (connection->held_at)
		header_tell(connection);
	if (connection->adding_up)
		pending_tell(connection, false);
	if (connection->announced) {
		struct close_event *event = bpf_ringbuf_reserve(&ring, sizeof(*event), 0);

		if (event) {
			__builtin_memset(event, 0, sizeof(*event));
			event->kind = EVENT_CLOSE;
			event->connection = connection->id;
			event->time_ns = bpf_ktime_get_ns();
			event->position[SENT] = connection->position[SENT];
			event->position[RECEIVED] = connection->position[RECEIVED];
			bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
		} else {
			lose(LOSS_CLOSES, 1);
		}
	}
	__u64 id = connection->id;

	bpf_map_delete_elem(&pendings, &id);
}

/* Not inlined: once for all who call it. */
static __noinline int connection_ended(__u64 key)
{
	struct connection *connection = bpf_map_lookup_elem(&connections, &key);

	if (!connection)
		return 0;
	connection_forget(connection);
	bpf_map_delete_elem(&connections, &key);
	return 0;
}

/* @return NULL: there is no room, or the socket has no connection any more, whose end nobody would tell */
static __always_inline struct connection *connection_new(struct sock *sk, __u32 numbering, __u8 role)
{
	__u64 key = (__u64)sk;
	struct connection fresh = {
		.address = BPF_CORE_READ(sk, __sk_common.skc_daddr),
		.remote_port = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport)),
		.local_port = BPF_CORE_READ(sk, __sk_common.skc_num),
		.role = role,
		.mid_life = role == ROLE_UNKNOWN,
		.turn = NO_TURN,
	};

	if (BPF_CORE_READ(sk, __sk_common.skc_state) == TCP_CLOSE)
		return NULL;
	/* The end of an earlier life of this socket may have gone unseen. */
	connection_ended(key);
	fresh.id = next_id(numbering);
	if (bpf_map_update_elem(&connections, &key, &fresh, BPF_ANY)) {
		lose(LOSS_CONNECTIONS, 1);
		return NULL;
	}
	return bpf_map_lookup_elem(&connections, &key);
}

/* What moved while a connection was unwanted is not known: it is met again as one in mid-life. */
static __always_inline void connection_judge(struct connection *connection, const struct filter *rules)
{
	bool ignored = !filter_wants(rules, connection->local_port, connection->remote_port);

	if (connection->ignored && !ignored) {
		connection->mid_life = 1;
		connection->held_at = 0;
		connection->based[SENT] = connection->based[RECEIVED] = 0;
	}
	connection->ignored = ignored;
	connection->generation = rules->generation;
}

static __always_inline bool connection_ignored(struct connection *connection)
{
	__u32 only = 0, slot = connection->id & (VERDICTS - 1);
	const struct filter *rules = bpf_map_lookup_elem(&filter, &only);

	if (rules && connection->generation != rules->generation)
		connection_judge(connection, rules);
	if (connection->ignored)
		return true;
	__u64 *verdict = bpf_map_lookup_elem(&verdicts, &slot);

	return verdict && *verdict == connection->id;
}

/*
 * The connection that this socket is now; NULL when nobody wants it. A socket's memory is used again, and a close can
 * go unseen, so the ports and the peer tell whether the entry is of this life.
 */
static __always_inline struct connection *connection_of(struct sock *sk)
{
	__u64 key = (__u64)sk;
	struct connection *connection = bpf_map_lookup_elem(&connections, &key);
	__u16 port = SOCK_FIELD(sk, __sk_common.skc_num);

	/* A socket that has closed gives its port back, and what it received can still be read. */
	if (connection && (connection->local_port == port || port == 0) &&
	    connection->remote_port == bpf_ntohs(SOCK_FIELD(sk, __sk_common.skc_dport)) &&
	    connection->address == SOCK_FIELD(sk, __sk_common.skc_daddr))
		return connection_ignored(connection) ? NULL : connection;
	connection = connection_new(sk, NUMBERED_BY_PAYLOAD, ROLE_UNKNOWN);
	return connection && !connection_ignored(connection) ? connection : NULL;
}

/* Told once, by the first call that moves payload: only there is the process known. @return false: the ring has no room */
static __always_inline bool connection_announce(struct sock *sk, struct connection *connection)
{
	if (connection->announced)
		return true;
	struct open_event *event = bpf_ringbuf_reserve(&ring, sizeof(*event), 0);

	if (!event)
		return false;
	connection->announced = 1;
	__builtin_memset(event, 0, sizeof(*event));
	event->kind = EVENT_OPEN;
	event->role = connection->role;
	event->flags = connection->mid_life ? OPEN_MID_LIFE : 0;
	event->family = BPF_CORE_READ(sk, __sk_common.skc_family);
	event->connection = connection->id;
	event->time_ns = bpf_ktime_get_ns();
	event->cgroup = bpf_get_current_cgroup_id();
	event->netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	event->pid = bpf_get_current_pid_tgid() >> 32;
	event->local_port = connection->local_port;
	event->remote_port = connection->remote_port;
	if (event->family == AF_INET6) {
		BPF_CORE_READ_INTO(&event->local, sk, __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO(&event->remote, sk, __sk_common.skc_v6_daddr);
	} else {
		BPF_CORE_READ_INTO((__be32 *)event->local, sk, __sk_common.skc_rcv_saddr);
		BPF_CORE_READ_INTO((__be32 *)event->remote, sk, __sk_common.skc_daddr);
	}
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
	return true;
}

#endif
