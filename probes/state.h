/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* The beginning and the end of a connection, from the TCP state machine: raw_tp/inet_sock_set_state, Linux 4.16 and later. The end of a thread. */
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

	if (after == TCP_CLOSE)
		connection_ended((__u64)sk);
	if (after != TCP_ESTABLISHED || !is_tcp_in(BPF_CORE_READ(sk, __sk_common.skc_family), BPF_CORE_READ(sk, sk_protocol)))
		return 0;
	struct connection *connection =
		connection_new(sk, NUMBERED_BY_STATE, before == TCP_SYN_SENT ? ROLE_CONNECTED : ROLE_ACCEPTED);

	if (connection)
		base_received(sk, connection);
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
