/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What the kernel knows of a unix-domain stream socket: its number, its peer, its path, who listened, what is unread. */
#ifndef QUERYTAP_UNIX_H
#define QUERYTAP_UNIX_H

#include "compat.h"
#include "event.h"
#include "kernel.h"
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#define AF_UNIX 1
#define SOCK_STREAM 1
#define MOST_UNREAD 32	/* pieces counted of what a socket has not read yet */

struct socket_path { char text[SOCKET_PATH_BYTES]; };

static __always_inline bool is_unix(const struct sock *sk)
{
	return FIELD_AT(struct sock, sk, __sk_common.skc_family) == AF_UNIX && FIELD_AT(struct sock, sk, sk_type) == SOCK_STREAM;
}

/* Number of the socket's inode, which no later socket has again (2^32 of them); 0: not accepted yet, or closed. */
static __always_inline __u64 socket_inode(const struct sock *sk)
{
	struct socket_alloc *socket = (struct socket_alloc *)FIELD_AT(struct sock, sk, sk_socket);

	return socket ? FIELD_AT(struct socket_alloc, socket, vfs_inode.i_ino) : 0;
}

/* The other end. Its memory stays as long as this end lives, also when it has closed. */
static __always_inline struct sock *unix_peer(const struct sock *sk)
{
	return BPF_CORE_READ((const struct unix_sock *)sk, peer);
}

/* An accepted socket shares its address with the one that listens; nobody shares an address of a socket's own. */
static __always_inline bool has_listeners_address(const struct sock *sk)
{
	struct unix_address *address = BPF_CORE_READ((const struct unix_sock *)sk, addr);

	return address && BPF_CORE_READ(address, refcnt.refs.counter) > 1;
}

/* Unknown for a pair of sockets (socketpair), and where nobody listens any more. */
static __always_inline __u8 unix_role(const struct sock *sk, const struct sock *peer)
{
	if (has_listeners_address(sk))
		return ROLE_ACCEPTED;
	return peer && has_listeners_address(peer) ? ROLE_CONNECTED : ROLE_UNKNOWN;
}

/* @return bytes of the path; 0: it has none. The rest of `path` is left as it is */
static __always_inline __u32 path_of(const struct sock *sk, char *path)
{
	struct unix_address *address = BPF_CORE_READ((const struct unix_sock *)sk, addr);
	__u64 length = address ? BPF_CORE_READ(address, len) : 0;

	if (length <= 2 || length > SOCKET_PATH_BYTES + 2)
		return 0;
	length -= 2;	/* the family in front of it */
	barrier_var(length);
	if (length > SOCKET_PATH_BYTES)
		length = SOCKET_PATH_BYTES;
	return bpf_probe_read_kernel(path, length, &address->name->sun_path) ? 0 : length;
}

/* The path that is listened at, or whichever there is. @return which end has it, with its length above PATH_LENGTH */
#define PATH_LENGTH 8
static __always_inline __u32 unix_path(const struct sock *sk, __u8 role, char *path)
{
	struct sock *peer = unix_peer(sk);
	__u32 length = 0;

	if (role != ROLE_CONNECTED)
		length = path_of(sk, path);
	if (length)
		return length << PATH_LENGTH | PATH_LOCAL;
	if (role != ROLE_ACCEPTED && peer)
		length = path_of(peer, path);
	return length ? length << PATH_LENGTH | PATH_REMOTE : 0;
}

/* Bytes that came and that nobody has read; below 0 where they lie in too many pieces. Not locked: the queue may change meanwhile. */
__noinline long unix_unread(__u64 address)
{
	struct sock *sk = (struct sock *)address;
	struct sk_buff_head *queue = &sk->sk_receive_queue;
	struct sk_buff *buffer = BPF_CORE_READ(queue, next);
	long unread = 0;

#pragma clang loop unroll(disable)
	for (int i = 0; i < MOST_UNREAD; i++) {
		if (!buffer || buffer == (struct sk_buff *)queue)
			return unread;
		struct unix_skb_parms *parms = (struct unix_skb_parms *)&buffer->cb;

		unread += BPF_CORE_READ(buffer, len) - BPF_CORE_READ(parms, consumed);
		buffer = BPF_CORE_READ(buffer, next);
	}
	return -1;
}

#endif
