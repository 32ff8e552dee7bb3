// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Attach mode `kprobe`: entry and return of tcp_sendmsg and tcp_recvmsg. The reference; Linux 5.10 and later with BTF. */
#include "maps.h"
#include "message.h"
#include "payload.h"
#include "state.h"
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline struct connection *wanted(struct sock *sk)
{
	return is_tcp(sk) ? connection_of(sk) : NULL;
}

static __always_inline void call_begins(struct connection *connection, struct call *call, __u8 direction)
{
	__u64 thread = bpf_get_current_pid_tgid();

	call->time_ns = bpf_ktime_get_ns();
	call->direction = direction;
	if (bpf_map_lookup_elem(&calls, &thread))
		lose(LOSS_RETURNS, 1);
	if (bpf_map_update_elem(&calls, &thread, call, BPF_ANY)) {
		lose(LOSS_CALLS, 1);
		return;
	}
	if (direction == SENT)
		connection->sending_since = call->time_ns;
}

static __always_inline void message_begins(struct sock *sk, struct msghdr *message, __u8 direction)
{
	struct connection *connection = wanted(sk);

	if (!connection)
		return;
	if (direction == RECEIVED)
		base_received(sk, connection);
	struct call call = { .sock = (__u64)sk, .message = (__u64)message };

	take_iterator(&call, &message->msg_iter);
	call_begins(connection, &call, direction);
}

static __always_inline void call_returned(int result, __u8 direction)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct call *entry = bpf_map_lookup_elem(&calls, &thread);

	if (!entry || entry->direction != direction)
		return;
	struct call call = *entry;
	struct sock *sk = (struct sock *)call.sock;

	bpf_map_delete_elem(&calls, &thread);
	struct connection *connection = connection_of(sk);

	if (!connection)
		return;
	if (direction == SENT)
		connection->sending_since = 0;
	if (result <= 0)
		return;
	if (direction == RECEIVED && call.source != SOURCE_OPAQUE) {
		/* The iterator advanced by what was copied to the caller: nothing with MSG_TRUNC. */
		struct iov_iter *iter = &((struct msghdr *)call.message)->msg_iter;

		if (call.iter_count - BPF_CORE_READ(iter, count) != (__u32)result)
			call.source = SOURCE_OPAQUE;
	}
	__u16 flags = direction == RECEIVED && connection->sending_since ? DATA_SEND_IN_FLIGHT : 0;

	payload_moved(sk, connection, &call, direction, result, flags);
}

SEC("kprobe/tcp_sendmsg")
int BPF_KPROBE(tcp_sendmsg_entry, struct sock *sk, struct msghdr *message)
{
	message_begins(sk, message, SENT);
	return 0;
}

SEC("kretprobe/tcp_sendmsg")
int BPF_KRETPROBE(tcp_sendmsg_return, int result)
{
	call_returned(result, SENT);
	return 0;
}

/* sendfile and splice, up to Linux 6.4; later they go through tcp_sendmsg. Pages, not user memory: moved, not copied. */
SEC("kprobe/tcp_sendpage")
int BPF_KPROBE(tcp_sendpage_entry, struct sock *sk)
{
	struct connection *connection = wanted(sk);
	struct call call = { .sock = (__u64)sk, .source = SOURCE_OPAQUE };

	if (connection)
		call_begins(connection, &call, SENT);
	return 0;
}

SEC("kretprobe/tcp_sendpage")
int BPF_KRETPROBE(tcp_sendpage_return, int result)
{
	call_returned(result, SENT);
	return 0;
}

SEC("kprobe/tcp_recvmsg")
int BPF_KPROBE(tcp_recvmsg_entry, struct sock *sk, struct msghdr *message)
{
	message_begins(sk, message, RECEIVED);
	return 0;
}

SEC("kretprobe/tcp_recvmsg")
int BPF_KRETPROBE(tcp_recvmsg_return, int result)
{
	call_returned(result, RECEIVED);
	return 0;
}
