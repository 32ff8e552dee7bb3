// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Attach mode `kprobe`: entries of tcp_sendmsg, tcp_recvmsg and release_sock. The reference; Linux 5.10 and later with BTF. */
#include "locked-call.h"
#include "maps.h"
#include "state.h"
#include "unix-kprobe.h"
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("kprobe/tcp_sendmsg")
int BPF_KPROBE(tcp_sendmsg_entry, struct sock *sk, struct msghdr *message)
{
	locked_call_begins(sk, message, SENT);
	return 0;
}

/* sendfile and splice, up to Linux 6.4; later they go through tcp_sendmsg. Pages, not user memory: moved, not copied. */
SEC("kprobe/tcp_sendpage")
int BPF_KPROBE(tcp_sendpage_entry, struct sock *sk)
{
	locked_call_begins(sk, NULL, SENT);
	return 0;
}

static __always_inline int receive_begins(struct sock *sk, struct msghdr *message, int flags)
{
	if (!(flags & MSG_PEEK))
		locked_call_begins(sk, message, RECEIVED);
	return 0;
}

/* One program for each number of arguments, as in fentry.bpf.c. */
SEC("kprobe/tcp_recvmsg")
int BPF_KPROBE(tcp_recvmsg_entry_4, struct sock *sk, struct msghdr *message, unsigned long length, int flags)
{
	return receive_begins(sk, message, flags);
}

SEC("kprobe/tcp_recvmsg")
int BPF_KPROBE(tcp_recvmsg_entry_5, struct sock *sk, struct msghdr *message, unsigned long length, int flags)
{
	return receive_begins(sk, message, flags);
}

SEC("kprobe/tcp_recvmsg")
int BPF_KPROBE(tcp_recvmsg_entry_6, struct sock *sk, struct msghdr *message, unsigned long length, int wait, int flags)
{
	return receive_begins(sk, message, flags);
}

SEC("kprobe/release_sock")
int BPF_KPROBE(release_sock_entry, struct sock *sk)
{
	lock_given_back(sk);
	return 0;
}
