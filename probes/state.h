/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* The beginning and the end of a connection, from the TCP state machine: raw_tp/inet_sock_set_state, Linux 4.16 and later. */
#ifndef QUERYTAP_STATE_H
#define QUERYTAP_STATE_H

#include "connection.h"
#include "pending.h"

/* include/net/tcp_states.h */
enum { TCP_ESTABLISHED = 1, TCP_SYN_SENT = 2, TCP_CLOSE = 7 };

static __always_inline void connection_closed(__u64 key)
{
	struct connection *connection = bpf_map_lookup_elem(&connections, &key);

	if (!connection)
		return;
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
			lose(LOSS_RING_FULL, 1);
		}
	}
	__u64 id = connection->id;

	bpf_map_delete_elem(&pendings, &id);
	bpf_map_delete_elem(&connections, &key);
}

SEC("raw_tp/inet_sock_set_state")
int inet_sock_set_state(struct bpf_raw_tracepoint_args *args)
{
	struct sock *sk = (struct sock *)args->args[0];
	int before = args->args[1], after = args->args[2];

	if (after == TCP_CLOSE)
		connection_closed((__u64)sk);
	if (after != TCP_ESTABLISHED || !is_tcp(sk))
		return 0;
	struct connection *connection =
		connection_new(sk, NUMBERED_BY_STATE, before == TCP_SYN_SENT ? ROLE_CONNECTED : ROLE_ACCEPTED);

	if (connection)
		base_received(sk, connection);
	return 0;
}

#endif
