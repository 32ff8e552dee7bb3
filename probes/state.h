/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The beginning and the end of a connection: raw_tp/inet_sock_set_state and raw_tp/tcp_destroy_sock, Linux 4.16 and later. The end
 * of a thread.
 */
#ifndef QUERYTAP_STATE_H
#define QUERYTAP_STATE_H

#include "connection.h"

/* include/net/tcp_states.h */
enum { TCP_ESTABLISHED = 1, TCP_SYN_SENT = 2, TCP_CLOSE_WAIT = 8 };

SEC("raw_tp/inet_sock_set_state")
int inet_sock_set_state(struct bpf_raw_tracepoint_args *args)
{
	struct sock *sk = (struct sock *)args->args[0];
	int before = args->args[1], after = args->args[2];

	if (after == TCP_CLOSE) {
		__u64 key = (__u64)sk;
		struct connection *closed = bpf_map_lookup_elem(&connections, &key);

		if (closed && !connection_outlives(sk, closed))
			connection_ended(key);
	}
	if (after != TCP_ESTABLISHED || !is_tcp_in(BPF_CORE_READ(sk, __sk_common.skc_family), BPF_CORE_READ(sk, sk_protocol)))
		return 0;
	struct connection *connection =
		connection_new(sk, NUMBERED_BY_STATE, before == TCP_SYN_SENT ? ROLE_CONNECTED : ROLE_ACCEPTED);

	if (connection)
		base_received(sk, connection);
	return 0;
}

/* Whoever held the socket has closed it: nothing more can move. A call that met it while it closed leaves nothing behind. */
SEC("raw_tp/tcp_destroy_sock")
int tcp_destroy_sock(struct bpf_raw_tracepoint_args *args)
{
	connection_ended((__u64)args->args[0]);
	return 0;
}

/* A thread that ends leaves no call behind: some calls fail before they reach a socket, and then nothing ends them. */
SEC("raw_tp/sched_process_exit")
int sched_process_exit(struct bpf_raw_tracepoint_args *args)
{
	__u64 thread = bpf_get_current_pid_tgid();

	bpf_map_delete_elem(&calls, &thread);
	thread |= UNIX_CALL;
	if (bpf_map_delete_elem(&calls, &thread) == 0)
		lose(LOSS_RETURNS, 1);
	return 0;
}

#endif
