/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Who is inside a send on a connection, and since when, in attach mode `fentry`: most need no entry in the map of calls. */
#ifndef QUERYTAP_SENDER_H
#define QUERYTAP_SENDER_H

#include "maps.h"

/* A connection has room for one sender; whoever sends at the same time is remembered by thread. */
static __always_inline void send_begins(struct sock *sk, struct connection *connection)
{
	__u64 thread = bpf_get_current_pid_tgid(), now = bpf_ktime_get_ns();

	if (connection->sender && connection->sender != thread) {
		struct call call = { .sock = (__u64)sk, .time_ns = now, .direction = SENT };

		if (bpf_map_update_elem(&calls, &thread, &call, BPF_ANY))
			lose(LOSS_CALLS, 1);
		return;
	}
	connection->sending_since = now;
	connection->sender = thread;
}

/* @return when the send began */
static __always_inline __u64 send_ended(struct sock *sk, struct connection *connection)
{
	__u64 thread = bpf_get_current_pid_tgid(), began = connection->sending_since;

	if (connection->sender == thread) {
		connection->sender = 0;
		connection->sending_since = 0;
		return began;
	}
	struct call *call = bpf_map_lookup_elem(&calls, &thread);

	if (call) {
		__u64 time_ns = call->time_ns;
		bool same = call->sock == (__u64)sk;

		bpf_map_delete_elem(&calls, &thread);
		if (same)
			return time_ns;
	}
	return began ? began : bpf_ktime_get_ns();
}

#endif
