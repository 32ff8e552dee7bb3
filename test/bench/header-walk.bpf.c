// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What it would cost to walk MySQL's packet headers in the kernel, for rows that are beyond the copy budget: on each write of
 * BYTES the walk through user memory, a copy of the same bytes, and the walk through that copy, each timed.
 */
#include "../../probes/kernel.h"
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#define BYTES 16384
#define MOST_PACKETS 512
#define SYS_WRITE 1 /* x86-64 */

struct sums {
	__u64 calls, packets, walk_ns, copy_ns, copy_walk_ns, clock_ns;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sums);
} sums SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, char[BYTES + 4]);
} copies SEC(".maps");

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Not static: the verifier looks at it once, and knows nothing of what it returns. */
__noinline int walk(__u64 memory)
{
	__u32 at = 0, header = 0;
	int packets = 0;

	for (; packets < MOST_PACKETS && at + 4 <= BYTES; packets++) {
		if (bpf_probe_read_user(&header, 4, (const void *)(memory + at)))
			break;
		at += 4 + (header & 0xffffff);
	}
	return packets;
}

__noinline int walk_copy(void)
{
	__u32 at = 0, zero = 0;
	int packets = 0;
	const char *copy = bpf_map_lookup_elem(&copies, &zero);

	if (!copy)
		return 0;
	for (; packets < MOST_PACKETS && at + 4 <= BYTES; packets++) {
		__u32 place = at;

		asm volatile("" : "+r"(place)); /* the verifier wants a mask, which the compiler would find needless */
		at += 4 + (*(const __u32 *)(copy + (place & (BYTES - 1))) & 0xffffff);
	}
	return packets;
}

SEC("raw_tp/sys_enter")
int on_write(struct bpf_raw_tracepoint_args *context)
{
	struct pt_regs *regs = (struct pt_regs *)context->args[0];
	__u32 zero = 0;

	if (context->args[1] != SYS_WRITE || BPF_CORE_READ(regs, dx) != BYTES)
		return 0;
	const void *memory = (const void *)BPF_CORE_READ(regs, si);
	struct sums *sum = bpf_map_lookup_elem(&sums, &zero);
	char *copy = bpf_map_lookup_elem(&copies, &zero);

	if (!sum || !copy)
		return 0;
	__u64 began = bpf_ktime_get_ns();
	__u64 clock = bpf_ktime_get_ns();
	int packets = walk((__u64)memory);
	__u64 walked = bpf_ktime_get_ns();

	bpf_probe_read_user(copy, BYTES, memory);
	__u64 copied = bpf_ktime_get_ns();
	bool is_same = walk_copy() == packets;

	sum->copy_walk_ns += bpf_ktime_get_ns() - copied;
	sum->copy_ns += copied - walked;
	sum->walk_ns += walked - clock;
	sum->clock_ns += clock - began;
	sum->packets += is_same ? packets : 0;
	sum->calls++;
	return 0;
}
