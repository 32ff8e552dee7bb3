/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Calls past the budget of their exchange: a record for each would cost more than their payload is worth, so they add up
 * here until the direction turns, the socket closes or MOST_PENDING is reached. User space looks here too, for an answer's
 * end must not wait for the next request.
 */
#ifndef QUERYTAP_PENDING_H
#define QUERYTAP_PENDING_H

#include "overload.h"

#define TAIL_BYTES 64		/* of what the budget leaves out, the last bytes are copied all the same: they end an answer */
#define MOST_PENDING (16 << 20)

/* src/bpf/pendings.ts mirrors it. */
struct pending {
	__u32 version;		/* odd while it is being changed */
	__u32 moved;
	__u64 position, time_ns;
	__u32 sequence, pid, tid;
	__u8 direction, open;	/* open: the turn goes on */
	__u16 tail_bytes;
	__u8 tail[3 * TAIL_BYTES];	/* room to append before the last TAIL_BYTES are kept */
};
_Static_assert(sizeof(struct pending) == 232, "pending");

/* Keyed by connection. Where it is full, each call gets its records. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, __u64);
	__type(value, struct pending);
} pendings SEC(".maps");

static __always_inline void pending_record(struct connection *connection, const struct pending *pending,
					   __u32 skipped, __u32 moved, __u32 copied)
{
	struct data_event *event = NULL;

	if (!ring_beyond(MARK_PAYLOAD, sizeof(*event) + TAIL_BYTES))
		event = bpf_ringbuf_reserve(&ring, sizeof(*event) + TAIL_BYTES, 0);
	if (!event) {
		exchange_give_up(connection);
		payload_lost(moved);
		return;
	}
	event->kind = EVENT_DATA;
	event->direction = pending->direction;
	event->flags = 0;
	event->copied = copied;
	event->connection = connection->id;
	event->time_ns = pending->time_ns;
	event->position = pending->position + skipped;
	event->moved = moved;
	event->pid = pending->pid;
	event->tid = pending->tid;
	event->sequence = pending->sequence + skipped;
	bpf_probe_read_kernel(event + 1, TAIL_BYTES, pending->tail);
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
}

/* Tells of what is pending, as two records: what moved unseen, and its end. Not inlined: once for all who call it. */
static __noinline int pending_tell(struct connection *connection, bool open)
{
	if (!connection)
		return 0;
	__u64 key = connection->id;
	struct pending *pending = bpf_map_lookup_elem(&pendings, &key);

	if (!pending)
		return 0;
	__u32 moved = pending->moved, version = pending->version, tail = version & 1 ? 0 : pending->tail_bytes;

	if (tail > moved)
		tail = moved;
	if (moved > tail)
		pending_record(connection, pending, 0, moved - tail, 0);
	if (tail)
		pending_record(connection, pending, moved - tail, tail, tail);
	lose(LOSS_CAPPED_BYTES, -(__u64)tail); /* it is copied after all */
	__sync_fetch_and_add(&pending->version, 1);
	pending->moved = 0;
	pending->tail_bytes = 0;
	pending->open = open;
	__sync_fetch_and_add(&pending->version, 1);
	return 0;
}

/* The budget is spent: from now on calls of this direction add up. @return false where there is no room for it */
static __always_inline bool pending_open(struct connection *connection)
{
	struct pending fresh = { .open = 1 };
	__u64 key = connection->id;
	struct pending *pending = bpf_map_lookup_elem(&pendings, &key);

	if (!pending)
		return bpf_map_update_elem(&pendings, &key, &fresh, BPF_ANY) == 0;
	pending->open = 1;
	return true;
}

/* @param end behind the last byte that the call moved, in user memory; 0: it cannot be read */
static __always_inline bool pending_add(struct connection *connection, __u8 direction, __u64 time_ns, __u32 sequence,
					__u32 moved, __u64 end)
{
	__u64 key = connection->id, position = connection->position[direction], thread = bpf_get_current_pid_tgid();
	struct pending *pending = bpf_map_lookup_elem(&pendings, &key);

	if (!pending)
		return false;
	if (pending->moved && (pending->position + pending->moved != position || pending->moved + moved > MOST_PENDING)) {
		pending_tell(connection, true);
	}
	__u64 length = moved < TAIL_BYTES ? moved : TAIL_BYTES, before = pending->tail_bytes;

	__sync_fetch_and_add(&pending->version, 1);
	if (!pending->moved) {
		pending->position = position;
		pending->sequence = sequence;
		pending->direction = direction;
	}
	pending->moved += moved;
	pending->time_ns = time_ns;
	pending->pid = thread >> 32;
	pending->tid = thread;
	if (length == TAIL_BYTES || before > TAIL_BYTES || !end)
		before = 0;
	barrier_var(length);
	if (length > TAIL_BYTES)
		length = TAIL_BYTES;
	if (!end) {
		before = length = 0;
	} else if (bpf_probe_read_user(pending->tail + (before & 127), length, (void *)(end - length))) {
		lose(LOSS_FAULT, 1);
		before = length = 0;
	}
	before += length;
	if (before > TAIL_BYTES) {
		bpf_probe_read_kernel(pending->tail, TAIL_BYTES, pending->tail + ((before - TAIL_BYTES) & 127));
		before = TAIL_BYTES;
	}
	pending->tail_bytes = before;
	__sync_fetch_and_add(&pending->version, 1);
	return true;
}

#endif
