/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* The contract with user space: what one ring-buffer record holds. src/bpf/event.ts mirrors it and is tested against it. */
#ifndef QUERYTAP_EVENT_H
#define QUERYTAP_EVENT_H

#include <linux/types.h>

enum event_kind { EVENT_OPEN = 1, EVENT_DATA = 2, EVENT_CLOSE = 3, EVENT_OPEN_UNIX = 4 };
enum direction { SENT = 0, RECEIVED = 1 };
enum role { ROLE_UNKNOWN = 0, ROLE_CONNECTED = 1, ROLE_ACCEPTED = 2 };

/* Open: the socket was there before the capture. */
#define OPEN_MID_LIFE 1
/* Data: another thread was inside a send on this socket when this receive returned; that send comes later in the ring. */
#define DATA_SEND_IN_FLIGHT 1
/* Data: the budget is spent; from now on calls in this direction add up, and their sum is told later. */
#define DATA_ADDING_UP 2

/*
 * One piece of payload that moved through a socket, followed by `copied` bytes. 48 bytes. One that moved nothing only says how
 * far the stream has come.
 */
struct data_event {
	__u8 kind, direction;
	__u16 flags;
	__u32 copied;		/* bytes of payload behind this header: the first `copied` of `moved` */
	__u64 connection;	/* unique in the life of a capture */
	__u64 time_ns;		/* CLOCK_MONOTONIC: a send's beginning, a receive's return; behind a held header the header's (held-header.h) */
	__u64 position;		/* payload bytes that moved in this direction before this piece */
	__u32 moved;
	__u32 pid, tid;
	__u32 sequence;		/* TCP sequence number of the first byte, or its like: the same at both ends of the connection */
};
_Static_assert(sizeof(struct data_event) == 48, "data_event");

/* Comes before the first data record of a connection. 96 bytes. */
struct open_event {
	__u8 kind, role;
	__u16 flags;
	__u16 family;		/* AF_INET 2, AF_INET6 10 */
	__u16 padding;
	__u64 connection;
	__u64 time_ns;
	__u64 cgroup;		/* id of the cgroup v2 of the process */
	__u32 netns;		/* inode number */
	__u32 pid;
	__u16 local_port, remote_port;	/* host byte order */
	__u32 padding2;
	__u8 local[16], remote[16];	/* IPv4: the first four bytes */
	char comm[16];
};
_Static_assert(sizeof(struct open_event) == 96, "open_event");

#define SOCKET_PATH_BYTES 108

enum path_end { PATH_NONE = 0, PATH_LOCAL = 1, PATH_REMOTE = 2 };

/* The same of a unix-domain socket, whose two ends know one another by the numbers of their inodes. 192 bytes. */
struct open_unix_event {
	__u8 kind, role;
	__u16 flags;
	__u16 path_bytes;
	__u8 path_end;		/* whose address `path` is: of the end that was listened at, where that is known */
	__u8 padding;
	__u64 connection;
	__u64 time_ns;
	__u64 cgroup;
	__u32 netns;
	__u32 pid;
	__u64 inode;
	__u64 peer_inode;	/* 0: the peer is not accepted yet, or has closed */
	__u32 peer_pid;		/* who connected, or began to listen; 0: not known */
	__u32 padding2;
	char comm[16];
	char path[SOCKET_PATH_BYTES];	/* an abstract name begins with a zero byte */
	__u8 padding3[4];
};
_Static_assert(sizeof(struct open_unix_event) == 192, "open_unix_event");

/* The socket closed. 40 bytes. */
struct close_event {
	__u8 kind, padding[7];
	__u64 connection;
	__u64 time_ns;
	__u64 position[2];	/* payload bytes that moved in all, by direction */
};
_Static_assert(sizeof(struct close_event) == 40, "close_event");

/* Every way to lose data has a counter of its own; all are per CPU. */
enum loss {
	LOSS_RING_FULL,		/* calls that were not told of, or not wholly */
	LOSS_RING_FULL_BYTES,	/* payload bytes that they moved untold */
	LOSS_FAULT,		/* pieces whose memory could not be read */
	LOSS_CAPPED_BYTES,	/* payload bytes left out by the budget of an exchange */
	LOSS_PIECES,		/* calls of more pieces than are walked */
	LOSS_OPAQUE_BYTES,	/* payload bytes that had no user memory to read, or moved unseen: sendfile, splice, kernel sockets */
	LOSS_CONNECTIONS,	/* sockets not followed: the map of connections is full */
	LOSS_CALLS,		/* calls not followed: the map of calls is full */
	LOSS_RETURNS,		/* calls whose end was never seen */
	LOSS_RING_FULL_EXCHANGES,	/* exchanges given up, at either end, wholly or from some byte on */
	LOSS_CLOSES,		/* ends of connections that were not told */
	LOSS_COUNT,
};

#endif
