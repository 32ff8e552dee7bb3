// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Programs that do nothing, one for each attach mode: what they cost by the kernel's account is what the account itself costs. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("fentry/tcp_sendmsg")
int fentry(void *context)
{
	return 0;
}

SEC("kprobe/tcp_sendmsg")
int kprobe(void *context)
{
	return 0;
}

SEC("raw_tp/sys_enter")
int tracepoint(void *context)
{
	return 0;
}
