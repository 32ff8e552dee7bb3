/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* A walk through the memory of one finished call: run by run into records of the ring, until its budget or the ring is used up. */
#ifndef QUERYTAP_WALK_H
#define QUERYTAP_WALK_H

#include "held-header.h"
#include "overload.h"
#include "pending.h"

#define MAX_PIECES 24		/* pieces of one call: at most so many iovecs are walked */
#define PIECE_BYTES 16384	/* the largest record */

/*
 * A walk through the memory of one finished call. It lives in a map, not on the stack, so that the verifier looks at one
 * step alone instead of at every way through all of them.
 */
struct walk {
	__u64 connection, time_ns, position;
	__u32 sequence;
	__u16 flags;
	__u8 direction, source;
	__u64 memory, count, offset;	/* as in struct call */
	__u32 left;			/* bytes of the call not yet told of */
	__u32 allowed;			/* bytes that may still be copied */
	__u32 full;			/* the ring has no room for more of the call */
	__u32 header, header_bytes;	/* what goes before the first record's bytes: 4 bytes or none, see held-header.h */
};

/*
 * For each direction, for unix-domain sockets, and for sendpage one of its own: they are different programs, of which one may come
 * while another is preempted, and a program does not interrupt itself on a CPU.
 */
#define UNIX_WALKS 2
#define PAGE_WALKS 4
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2 * PAGE_WALKS);
	__type(key, __u32);
	__type(value, struct walk);
} walks SEC(".maps");

static __always_inline void fill(struct data_event *event, const struct walk *walk, __u32 moved, __u32 copied,
				 __u32 header_bytes)
{
	__u64 thread = bpf_get_current_pid_tgid();

	event->kind = EVENT_DATA;
	event->direction = walk->direction;
	event->flags = walk->flags;
	event->copied = copied + header_bytes;
	event->connection = walk->connection;
	event->time_ns = walk->time_ns;
	event->position = walk->position - header_bytes;
	event->moved = moved + header_bytes;
	event->pid = thread >> 32;
	event->tid = thread;
	event->sequence = walk->sequence - header_bytes;
}

/*
 * A reservation's size must be known to the verifier, hence classes. The barrier keeps the compiler from comparing a
 * copy of the length, which would leave the length itself unbounded in the verifier's eyes.
 */
#define EMIT_CLASS(size)                                                                                   \
	do {                                                                                               \
		struct data_event *event =                                                                 \
			bpf_ringbuf_reserve(&ring, sizeof(*event) + HEADER_BYTES + (size), 0);             \
		void *bytes = event + 1;                                                                   \
		__u64 copied = length;                                                                     \
		if (!event)                                                                                \
			goto full;                                                                         \
		if (header_bytes) {                                                                        \
			*(__u32 *)bytes = walk->header;                                                    \
			bytes += HEADER_BYTES;                                                             \
		}                                                                                          \
		barrier_var(copied);                                                                       \
		if (copied > (size))                                                                       \
			copied = (size);                                                                   \
		if (copied && bpf_probe_read_user(bytes, copied, (void *)memory)) {                        \
			lose(LOSS_FAULT, 1);                                                               \
			copied = 0;                                                                        \
		}                                                                                          \
		fill(event, walk, moved, copied, header_bytes);                                            \
		bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);                                               \
		return;                                                                                    \
	} while (0)

/* `length` is at most PIECE_BYTES; the rest of `moved` has moved unseen. */
static __always_inline void emit(struct walk *walk, __u64 memory, __u32 moved, __u64 length)
{
	__u32 header_bytes = walk->header_bytes;

	if (ring_beyond(MARK_PAYLOAD, sizeof(struct data_event) + HEADER_BYTES + length))
		goto full;
	if (length <= 60)
		EMIT_CLASS(60);
	else if (length <= 256)
		EMIT_CLASS(256);
	else if (length <= 1024)
		EMIT_CLASS(1024);
	else if (length <= 4096)
		EMIT_CLASS(4096);
	else
		EMIT_CLASS(PIECE_BYTES);
full:
	walk->full = 1;
}

/* Takes the next contiguous run of user memory. @return its length, 0 when there is none */
static __always_inline __u64 next_run(struct walk *walk, __u64 *base)
{
	struct user_iovec iovec = {};
	__u64 offset = walk->offset;

	if (walk->source == SOURCE_BUFFER) {
		*base = walk->memory + offset;
		return walk->count;
	}
	if (walk->source == SOURCE_OPAQUE || walk->count == 0)
		return 0;
	long failed = walk->source == SOURCE_KERNEL_IOVECS ?
		bpf_probe_read_kernel(&iovec, sizeof(iovec), (void *)walk->memory) :
		bpf_probe_read_user(&iovec, sizeof(iovec), (void *)walk->memory);
	if (failed || offset > iovec.length)
		return 0;
	*base = iovec.base + offset;
	return iovec.length - offset;
}

static __always_inline void skip_run(struct walk *walk, __u64 run, __u32 taken)
{
	if (taken < run || walk->source == SOURCE_BUFFER) {
		walk->offset += taken;
		if (walk->source == SOURCE_BUFFER)
			walk->count -= taken;
		return;
	}
	walk->memory += sizeof(struct user_iovec);
	walk->count--;
	walk->offset = 0;
}

/* @return false: the ring has no room */
static __always_inline bool tell(struct walk *walk, __u64 base, __u32 moved, __u32 copied)
{
	emit(walk, base, moved, copied);
	if (walk->full)
		return false;
	walk->header_bytes = 0;
	walk->position += moved;
	walk->sequence += moved;
	walk->left -= moved;
	walk->allowed -= copied;
	return true;
}

/* One step: a run is copied, or its end only, or the rest of the call is told as moved. @return whether there is more */
__noinline int step(__u32 number, bool last)
{
	struct walk *walk = bpf_map_lookup_elem(&walks, &number);

	if (!walk)
		return false;
	__u64 base = 0, run = next_run(walk, &base);

	if (run == 0 && walk->source != SOURCE_OPAQUE && walk->count > 1 && !last) {
		skip_run(walk, 0, 0);	/* an empty iovec */
		return true;
	}
	if (run == 0 || last) {
		__u32 left = walk->left;

		if (tell(walk, 0, left, 0))
			lose(run == 0 ? LOSS_OPAQUE_BYTES : LOSS_PIECES, run == 0 ? left : 1);
		return false;
	}
	__u32 taken = run < walk->left ? run : walk->left;

	if (walk->allowed == 0 && taken == walk->left && taken <= TAIL_BYTES) {
		walk->allowed = taken;		/* the end of the call, see TAIL_BYTES */
	} else if (walk->allowed == 0) {
		__u32 unseen = taken == walk->left ? taken - TAIL_BYTES : taken;

		if (!tell(walk, 0, unseen, 0))
			return false;
		lose(LOSS_CAPPED_BYTES, unseen);
		skip_run(walk, run, unseen);
		return walk->left > 0;
	}
	if (taken > walk->allowed)
		taken = walk->allowed;
	if (taken > PIECE_BYTES)
		taken = PIECE_BYTES;
	if (!tell(walk, base, taken, taken))
		return false;
	skip_run(walk, run, taken);
	return walk->left > 0;
}

#endif
