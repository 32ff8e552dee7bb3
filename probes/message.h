/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* From a kernel message to the user memory that a call moves: at the call's entry as it stands, at its exit by going back. */
#ifndef QUERYTAP_MESSAGE_H
#define QUERYTAP_MESSAGE_H

#include "compat.h"
#include "maps.h"

#define MAX_IOVECS 128 /* gone back over at most: of a longer vector nothing is copied */

/* The memory from where the iterator stands now. */
static __always_inline void take_iterator(struct call *call, const struct iov_iter *iter)
{
	call->offset = FIELD_AT(struct iov_iter, iter, iov_offset);
	call->iter_count = FIELD_AT(struct iov_iter, iter, count);
	switch (iter_kind(iter)) {
	case ITER_KIND_BUFFER:
		call->source = SOURCE_BUFFER;
		call->memory = iter_buffer(iter);
		call->count = call->iter_count;
		break;
	case ITER_KIND_IOVECS:
		call->source = SOURCE_KERNEL_IOVECS;
		call->memory = iter_iovecs(iter);
		call->count = FIELD_AT(struct iov_iter, iter, nr_segs);
		break;
	case ITER_KIND_OTHER:
		call->source = SOURCE_OPAQUE;
		break;
	}
}

/*
 * How many iovecs to go back from `memory` until `moved` bytes lie ahead: an iterator that advanced points behind them.
 * Not inlined, so that the verifier looks at the loop once and not at the rest of a program for each way out of it.
 * @param ahead bytes passed of the iovec at `memory`
 * @return the number, with the offset into the first of them below GONE_BACK; 0 when they cannot be read
 */
#define GONE_BACK 48
__noinline __u64 rewind_iovecs(__u64 memory, __u64 ahead, __u32 moved)
{
	struct user_iovec iovec = {};

#pragma clang loop unroll(disable)
	for (__u64 i = 1; i <= MAX_IOVECS; i++) {
		memory -= sizeof(iovec);
		if (bpf_probe_read_kernel(&iovec, sizeof(iovec), (void *)memory))
			return 0;
		ahead += iovec.length;
		if (ahead >= moved)
			return i << GONE_BACK | (ahead - moved);
	}
	return 0;
}

static __always_inline void go_back(struct call *call, __u32 moved)
{
	if (call->offset >= moved) {
		call->offset -= moved;
		return;
	}
	__u64 back = rewind_iovecs(call->memory, call->offset, moved), count = back >> GONE_BACK;

	if (!count) {
		lose(LOSS_PIECES, 1);
		call->source = SOURCE_OPAQUE;
	}
	call->memory -= count * sizeof(struct user_iovec);
	call->count += count;
	call->offset = back & ((1ULL << GONE_BACK) - 1);
}

/*
 * The memory that a finished call moved, from an iterator that advanced over it.
 * @param asked bytes in the iterator at entry
 */
static __always_inline void take_passed(struct call *call, const struct iov_iter *iter, __u64 asked, __u32 moved)
{
	take_iterator(call, iter);
	/* It advanced by what was copied: by nothing with MSG_TRUNC. */
	if (asked - call->iter_count != moved)
		call->source = SOURCE_OPAQUE;
	switch (call->source) {
	case SOURCE_BUFFER:
		call->offset -= moved;
		call->count += moved;
		break;
	case SOURCE_KERNEL_IOVECS:
		go_back(call, moved);
		break;
	default:
		break;
	}
}

#endif
