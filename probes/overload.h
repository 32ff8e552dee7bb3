/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * When user space falls behind: whole exchanges are given up before pieces of them, and the last of the ring is kept for
 * the beginnings and ends of connections. An exchange that is given up is one exact hole in each direction.
 */
#ifndef QUERYTAP_OVERLOAD_H
#define QUERYTAP_OVERLOAD_H

#include "maps.h"

/* In sixteenths of the ring. */
enum ring_mark {
	MARK_EXCHANGE = 12,	/* fuller, and no exchange begins */
	MARK_YOUNG = 14,	/* a young connection's: what its login tells is needed for all that follows */
	MARK_PAYLOAD = 15,	/* no payload at all */
};

#define YOUNG_BYTES 1024	/* of the client */
#define NO_TURN 0xff

static __always_inline bool ring_beyond(__u32 mark, __u64 more)
{
	__u64 size = bpf_ringbuf_query(&ring, BPF_RB_RING_SIZE);

	return (bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) + more) * 16 > size * mark;
}

/* The direction in which an exchange begins. Of a connection older than the capture, a guess that only says where to go on. */
static __always_inline __u8 client_direction(const struct connection *connection)
{
	if (connection->role != ROLE_UNKNOWN)
		return connection->role == ROLE_CONNECTED ? SENT : RECEIVED;
	return connection->local_port > connection->remote_port ? SENT : RECEIVED;
}

/* Nothing more is told of this exchange. */
static __always_inline void exchange_give_up(struct connection *connection)
{
	if (connection->given_up)
		return;
	connection->given_up = 1;
	lose(LOSS_RING_FULL_EXCHANGES, 1);
}

static __always_inline void payload_lost(__u32 bytes)
{
	lose(LOSS_RING_FULL, 1);
	lose(LOSS_RING_FULL_BYTES, bytes);
}

/* A record that moves nothing: all before its position has moved. */
static __always_inline bool position_tell(const struct connection *connection, __u8 direction)
{
	struct data_event *event = bpf_ringbuf_reserve(&ring, sizeof(*event), 0);

	if (!event)
		return false;
	__builtin_memset(event, 0, sizeof(*event));
	event->kind = EVENT_DATA;
	event->direction = direction;
	event->connection = connection->id;
	event->time_ns = bpf_ktime_get_ns();
	event->position = connection->position[direction & 1];
	event->sequence = connection->sequence[direction & 1];
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
	return true;
}

/*
 * The direction turns: to the client's, an exchange begins. The holes of those that were given up are told before it,
 * the requests' first, so that they are not taken for a part of it.
 */
static __noinline int exchange_turn(struct connection *connection, __u32 direction)
{
	if (!connection || (connection->turn != NO_TURN && direction != client_direction(connection)))
		return 0;
	bool young = connection->position[direction & 1] < YOUNG_BYTES;

	if (ring_beyond(young ? MARK_YOUNG : MARK_EXCHANGE, 0)) {
		connection->given_up = 1;
		lose(LOSS_RING_FULL_EXCHANGES, 1);
		return 0;
	}
	if (!connection->given_up)
		return 0;
	if (connection->announced &&
	    !(position_tell(connection, direction & 1) && position_tell(connection, !(direction & 1)))) {
		lose(LOSS_RING_FULL_EXCHANGES, 1);
		return 0;
	}
	if (!connection->announced) {
		/* As one that is met in mid-life. */
		connection->mid_life = 1;
		connection->position[SENT] = connection->position[RECEIVED] = 0;
	}
	connection->given_up = 0;
	return 0;
}

#endif
