/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Maps and knobs. Sizes are set by user space before loading where they are options. */
#ifndef QUERYTAP_MAPS_H
#define QUERYTAP_MAPS_H

#include "event.h"
#include "kernel.h"
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define VERDICTS 65536

/* Set by user space before loading; src/bpf/knobs.ts mirrors the layout. 24 bytes. */
struct knobs {
	__u32 own_pid;		/* querytap's own traffic is left out */
	__u32 cpus;
	__u32 request_budget;	/* payload bytes copied of one request, and of one response */
	__u32 response_budget;
	__u32 preempts;		/* the kernel preempts its own code: a program may be left out of a call */
	__u32 padding;
	/* Names the records in the object's type information, for the test of their mirror. */
	union { struct data_event data; struct open_event open; struct open_unix_event open_unix; struct close_event close; } *events[0];
};
_Static_assert(sizeof(struct knobs) == 24, "knobs");

const volatile struct knobs knobs SEC(".rodata.knobs") = {};

/* A socket's life, keyed by its address, which a later socket may have again: see connection_of(). */
struct connection {
	__u64 id;
	__u32 address;		/* of the peer, IPv4: with the ports it tells one life of a socket from the next */
	__u16 remote_port, local_port;
	__u8 role, announced, mid_life, ignored;
	__u8 turn;		/* direction of the last bytes */
	__u8 based[2];		/* whether sequence[] is known */
	__u8 adding_up;		/* past the budget: see pending.h */
	__u32 generation;	/* of the filter that judged it; 0: none did */
	__u8 given_up;		/* nothing is told of this exchange: see overload.h */
	__u8 padding2[3];
	__u32 sequence[2];	/* of the next byte, by direction: TCP's, or of a unix-domain socket the connection's own */
	__u64 position[2];
	__u32 copied[2];	/* of the exchange's bytes in this direction */
	__u64 sending_since;	/* a thread is inside a send; 0: none is */
	__u64 sender;		/* that thread, fentry and unix-domain sockets */
	__u64 held_at;		/* when `held` came; 0: nothing is held, see held-header.h */
	__u32 held, held_sequence;
};

/* A call between its entry and its return, keyed by thread, and of a unix-domain socket in mode kprobe by thread and this. */
#define UNIX_CALL (1ULL << 63)

struct call {
	__u64 sock;		/* 0: the call is over */
	__u64 time_ns;		/* when a send began */
	__u64 message;		/* struct msghdr *, kprobe only */
	__u64 memory;		/* the buffer, or the iovecs */
	__u64 count;		/* bytes of the buffer, or iovecs */
	__u64 offset;		/* into the buffer or the first iovec */
	__u64 iter_count;	/* bytes left in the iterator at entry, kprobe only */
	__u8 source;		/* enum source */
	__u8 direction;
	__u8 messages;		/* sendmmsg, recvmmsg: `memory` is an array of mmsghdr */
	__u8 locked;		/* told of while the socket's lock is held: see locked-call.h */
	__u8 pages;		/* sendpage, which has programs of its own: see walk.h */
	__u8 padding[3];
};

enum source { SOURCE_OPAQUE, SOURCE_BUFFER, SOURCE_KERNEL_IOVECS, SOURCE_USER_IOVECS };

/* Nobody is woken: user space looks on a timer, far more often than a busy node fills it. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 << 20);
} ring SEC(".maps");

/* When there are more, the one that was silent longest is forgotten, and met again as one in mid-life when it speaks. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, struct connection);
} connections SEC(".maps");

/* As many as connections: a server may have a thread for each. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, struct call);
} calls SEC(".maps");

/* A thread's entry stays until the thread ends: to make and delete one for each call would cost as much as all else of it. */
static __always_inline bool call_remember(const struct call *call)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct call *entry = bpf_map_lookup_elem(&calls, &thread);

	if (!entry)
		return bpf_map_update_elem(&calls, &thread, call, BPF_ANY) == 0;
	*entry = *call;
	return true;
}

/* User space writes a connection's id into its slot when the connection speaks nothing of interest. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, VERDICTS);
	__type(key, __u32);
	__type(value, __u64);
} verdicts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, LOSS_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} losses SEC(".maps");

/* Connections numbered on this CPU: [0] by the state tracepoint, [1] by the payload probes, which it may interrupt. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} numbers SEC(".maps");

static __always_inline void lose(__u32 cause, __u64 amount)
{
	__u64 *counter = bpf_map_lookup_elem(&losses, &cause);

	if (counter)
		__sync_fetch_and_add(counter, amount);
}

#endif
