/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* The one copy routine: what a finished call moved becomes ring-buffer records, piece by piece (walk.h). All attach modes share it. */
#ifndef QUERYTAP_PAYLOAD_H
#define QUERYTAP_PAYLOAD_H

#include "connection.h"
#include "pending.h"
#include "unix-connection.h"
#include "walk.h"

static __always_inline __u32 budget_of(struct connection *connection, __u8 direction)
{
	__u8 response = connection->role == ROLE_ACCEPTED ? SENT : RECEIVED;

	return connection->role != ROLE_UNKNOWN && direction == response ? knobs.response_budget : knobs.request_budget;
}

/* Where the memory of a call that is one run ends; 0 where it is several, or cannot be read. */
static __always_inline __u64 end_of_run(const struct call *call, __u32 moved)
{
	struct user_iovec iovec = {};
	long failed;

	if (call->source == SOURCE_BUFFER)
		return call->memory + call->offset + moved;
	if (call->source == SOURCE_OPAQUE)
		return 0;
	failed = call->source == SOURCE_KERNEL_IOVECS ?
		bpf_probe_read_kernel(&iovec, sizeof(iovec), (void *)call->memory) :
		bpf_probe_read_user(&iovec, sizeof(iovec), (void *)call->memory);
	return failed || iovec.length < call->offset + moved ? 0 : iovec.base + call->offset + moved;
}

/*
 * Calls that nothing is to be copied of add up, but for those that must keep their place among others.
 * @return false: tell of this one
 */
static __always_inline bool payload_adds_up(struct connection *connection, const struct call *call, __u8 direction,
					    __u64 time_ns, __u32 sequence, __u32 moved, __u16 flags, __u32 allowed)
{
	if (!connection->adding_up)
		return false;
	bool opaque = call->source == SOURCE_OPAQUE;

	if (!flags && (opaque || allowed == 0)) {
		__u64 end = end_of_run(call, moved);

		if ((end || opaque) && pending_add(connection, direction, time_ns, sequence, moved, end)) {
			lose(opaque ? LOSS_OPAQUE_BYTES : LOSS_CAPPED_BYTES, moved);
			return true;
		}
	}
	pending_tell(connection, true);
	return false;
}

/* Whether what was received may be a command's header, read alone: see held-header.h. */
static __always_inline bool may_be_header(const struct connection *connection, __u8 direction, __u32 moved, __u16 flags,
					  __u32 allowed)
{
	return moved == HEADER_BYTES && direction == RECEIVED && !flags && allowed > HEADER_BYTES && !connection->adding_up &&
	       client_direction(connection) == RECEIVED;
}

/*
 * Tells of a call that moved `moved` bytes. By the kernel's own count of them, bytes that moved unseen before this call
 * show as a hole, and a look without taking (MSG_PEEK) as nothing. Of a unix-domain socket no kernel counts them.
 * `is_unix_socket` is a constant.
 */
static __always_inline void bytes_moved(struct sock *sk, struct connection *connection, const struct call *call,
					__u8 direction, __u32 moved, __u16 flags, bool is_unix_socket)
{
	__u32 next = is_unix_socket ? connection->sequence[direction & 1] + moved : next_sequence(sk, direction);
	__u32 first = next - moved;

	direction &= 1;
	if (connection->based[direction]) {
		__u32 hole = first - connection->sequence[direction];

		if (next == connection->sequence[direction])
			return;
		if ((__s32)hole > 0) {
			if (connection->held_at)
				header_tell(connection);
			connection->position[direction] += hole;
			lose(LOSS_OPAQUE_BYTES, hole);
		}
	}
	connection->based[direction] = 1;
	if (connection->turn != direction) {
		if (connection->held_at)
			header_tell(connection);
		if (connection->adding_up)
			pending_tell(connection, false);
		connection->adding_up = 0;
		connection->sequence[direction] = first;
		exchange_turn(connection, direction);
		connection->turn = direction;
		connection->copied[direction] = 0;
	}
	connection->sequence[direction] = next;
	if (!connection->given_up &&
	    !(is_unix_socket ? unix_announce(sk, connection) : connection_announce(sk, connection)))
		exchange_give_up(connection);
	if (connection->given_up) {
		connection->position[direction] += moved;
		payload_lost(moved);
		return;
	}
	__u32 budget = budget_of(connection, direction), copied = connection->copied[direction];
	__u32 allowed = budget > copied ? budget - copied : 0;
	__u32 key = direction + (is_unix_socket ? UNIX_WALKS : 0) + (call->pages ? PAGE_WALKS : 0);
	__u64 time_ns = direction == SENT ? call->time_ns : bpf_ktime_get_ns();
	struct walk *walk = bpf_map_lookup_elem(&walks, &key);

	if (!walk)
		return;
	if (may_be_header(connection, direction, moved, flags, allowed) &&
	    header_holds(connection, end_of_run(call, moved), time_ns, first))
		return;
	if (connection->held_at && (call->source == SOURCE_OPAQUE || flags || !allowed || connection->adding_up))
		header_tell(connection);
	if (payload_adds_up(connection, call, direction, time_ns, first, moved, flags, allowed)) {
		connection->position[direction] += moved;
		return;
	}
	if ((allowed == 0 || call->source == SOURCE_OPAQUE) && !connection->adding_up) {
		connection->adding_up = pending_open(connection);
		flags |= connection->adding_up ? DATA_ADDING_UP : 0;
	}
	walk->connection = connection->id;
	walk->time_ns = time_ns;
	walk->position = connection->position[direction];
	walk->sequence = first;
	walk->flags = flags;
	walk->direction = direction;
	walk->source = call->source;
	walk->memory = call->memory;
	walk->count = call->count;
	walk->offset = call->offset;
	walk->left = moved;
	walk->allowed = allowed;
	walk->full = 0;
	walk->header = connection->held;
	walk->header_bytes = connection->held_at ? HEADER_BYTES : 0;
	if (walk->header_bytes)
		walk->time_ns = connection->held_at;
	connection->held_at = 0;
#pragma clang loop unroll(disable)
	for (int i = 0; i < MAX_PIECES; i++)
		if (!step(key, i == MAX_PIECES - 1))
			break;
	connection->position[direction] += moved;
	connection->copied[direction] += allowed - walk->allowed;
	if (walk->full) {
		exchange_give_up(connection);
		payload_lost(walk->left + walk->header_bytes);
	}
}

static __always_inline void payload_moved(struct sock *sk, struct connection *connection, const struct call *call,
					  __u8 direction, __u32 moved, __u16 flags)
{
	bytes_moved(sk, connection, call, direction, moved, flags, false);
}

#endif
