/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * A MySQL server reads a command's header alone, 4 bytes, and then the rest. Each record costs as much as all else of a call, so the
 * header waits for the call behind it and goes with that, as one record of the time at which the header came.
 */
#ifndef QUERYTAP_HELD_HEADER_H
#define QUERYTAP_HELD_HEADER_H

#include "maps.h"
#include "overload.h"

#define HEADER_BYTES 4

/* A record of the header alone: nothing follows it that it could go with. Not inlined: once for all who call it. */
static __noinline int header_tell(struct connection *connection)
{
	if (!connection)
		return 0;
	__u64 time_ns = connection->held_at, thread = bpf_get_current_pid_tgid();
	struct data_event *event = bpf_ringbuf_reserve(&ring, sizeof(*event) + 2 * HEADER_BYTES, 0);

	connection->held_at = 0;
	if (!event) {
		payload_lost(HEADER_BYTES);
		return 0;
	}
	event->kind = EVENT_DATA;
	event->direction = RECEIVED;
	event->flags = 0;
	event->copied = HEADER_BYTES;
	event->connection = connection->id;
	event->time_ns = time_ns;
	event->position = connection->position[RECEIVED] - HEADER_BYTES;
	event->moved = HEADER_BYTES;
	event->pid = thread >> 32;
	event->tid = thread;
	event->sequence = connection->held_sequence;
	*(__u32 *)(event + 1) = connection->held;
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
	return 0;
}

/*
 * Whether a receive of 4 bytes read a command's header: the first bytes of an exchange, with the sequence number of a command, 0.
 * @param end of the memory that it moved; 0: several pieces, or none that can be read. @return true: it waits
 */
static __always_inline bool header_holds(struct connection *connection, __u64 end, __u64 time_ns, __u32 sequence)
{
	__u32 header;

	if (!end || connection->copied[RECEIVED] || connection->held_at ||
	    bpf_probe_read_user(&header, sizeof(header), (void *)(end - HEADER_BYTES)) || header >> 24 || !header)
		return false;
	connection->held = header;
	connection->held_at = time_ns;
	connection->position[RECEIVED] += HEADER_BYTES;
	connection->held_sequence = sequence;
	connection->copied[RECEIVED] = HEADER_BYTES;
	return true;
}

#endif
