/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * A call on a TCP socket, told of whenever its thread gives the socket's lock back: at the call's end, and before each wait
 * for data or for room. By then the kernel's count of bytes and the iterator have both moved, and nobody else can have moved
 * either. So no return is needed, which a return probe would miss where more threads wait than it has room for.
 */
#ifndef QUERYTAP_LOCKED_CALL_H
#define QUERYTAP_LOCKED_CALL_H

#include "message.h"
#include "payload.h"
#include "state.h"

/* Where the iterator of a call stands now: not on the stack, of which 512 bytes are all that a chain of functions has. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct call);
} iterators SEC(".maps");

/* TCP Fast Open sends before the socket is established: then the first call that is told of says where the stream begins. */
static __always_inline void base_sent(struct sock *sk, struct connection *connection)
{
	if (connection->based[SENT] || BPF_CORE_READ(sk, __sk_common.skc_state) != TCP_ESTABLISHED)
		return;
	connection->sequence[SENT] = next_sequence(sk, SENT);
	connection->based[SENT] = 1;
}

static __always_inline void locked_call_begins(struct sock *sk, struct msghdr *message, __u8 direction)
{
	struct connection *connection = is_tcp(sk) ? connection_of(sk) : NULL;

	if (!connection)
		return;
	struct call call = {
		.sock = (__u64)sk,
		.message = (__u64)message,
		.time_ns = direction == SENT ? bpf_ktime_get_ns() : 0,
		.direction = direction,
		.locked = 1,
	};

	if (direction == RECEIVED)
		base_received(sk, connection);
	else
		base_sent(sk, connection);
	if (message)
		take_iterator(&call, &message->msg_iter);
	if (!call_remember(&call))
		lose(LOSS_CALLS, 1);
}

/* Whether the iterator is the one of before, `advanced` bytes further: a message that its call has left behind never is. */
static __always_inline bool is_same_iterator(const struct call *before, const struct call *now, __u64 advanced)
{
	if (before->source != now->source || now->source == SOURCE_OPAQUE)
		return false;
	if (before->source == SOURCE_KERNEL_IOVECS && before->memory != now->memory)
		return now->memory - before->memory == (before->count - now->count) * sizeof(struct user_iovec);
	return before->memory == now->memory && before->offset + advanced == now->offset;
}

/* The FIN takes a sequence number, which is no payload; behind it nothing is sent. */
static __always_inline bool fin_sent(const struct sock *sk)
{
	__u8 state = BPF_CORE_READ(sk, __sk_common.skc_state);

	return state != TCP_ESTABLISHED && state != TCP_CLOSE_WAIT;
}

static __always_inline void lock_given_back(struct sock *sk)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct call *call = bpf_map_lookup_elem(&calls, &thread);

	if (!call || call->sock != (__u64)sk || !call->locked)
		return;
	__u8 direction = call->direction & 1;
	/* As the call began with it: whoever closes the socket under a call ends what is told of it. */
	__u64 key = (__u64)sk;
	struct connection *connection = bpf_map_lookup_elem(&connections, &key);

	if (!connection || connection->ignored)
		return;
	__u32 only = 0;
	struct call *now = bpf_map_lookup_elem(&iterators, &only);

	if (!now)
		return;
	bool based = connection->based[direction];
	__u32 counted = based ? next_sequence(sk, direction) - connection->sequence[direction] : call->iter_count;
	__u64 advanced = 0;
	__u8 source = call->source;

	if ((__s32)counted <= 0)
		return;
	if (call->message) {
		take_iterator(now, &((struct msghdr *)call->message)->msg_iter);
		advanced = call->iter_count - now->iter_count;
	}
	bool own = advanced > 0 && advanced <= counted && is_same_iterator(call, now, advanced);

	if (!own) {
		/* MSG_TRUNC, pages, or bytes that were not this call's. */
		if (!based || (direction == SENT && fin_sent(sk)))
			return;
		call->source = SOURCE_OPAQUE;
		advanced = counted;
	}
	payload_moved(sk, connection, call, direction, advanced, 0);
	if (call->message && now->iter_count == 0) {
		call->sock = 0;
		return;
	}
	call->source = source;
	if (direction == SENT)
		call->time_ns = bpf_ktime_get_ns();
	if (own) {
		call->memory = now->memory;
		call->count = now->count;
		call->offset = now->offset;
		call->iter_count = now->iter_count;
	}
}

#endif
