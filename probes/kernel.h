/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The few kernel types that the probes read. libbpf relocates every access against the running kernel's BTF, so only
 * the names count here, not the layout, and no vmlinux.h is needed.
 */
#ifndef QUERYTAP_KERNEL_H
#define QUERYTAP_KERNEL_H

#define __VMLINUX_H__ /* libbpf's macros: struct pt_regs has the kernel's field names */
#include <linux/types.h>
#include <stdbool.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pt_regs {
	unsigned long r8, r10, ax, cx, dx, si, di, orig_ax, ip, sp, bp;
};

struct ns_common { unsigned int inum; };
struct net { struct ns_common ns; };
typedef struct { struct net *net; } possible_net_t;
struct in6_addr { union { __u8 u6_addr8[16]; } in6_u; };

struct sock_common {
	__be32 skc_daddr, skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	unsigned long skc_flags;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
};
struct socket;
struct upid { int nr; };
struct pid { struct upid numbers[1]; };
struct sk_buff { struct sk_buff *next; unsigned int len; char cb[48]; };
struct sk_buff_head { struct sk_buff *next; };
struct hlist_head { void *first; };
struct sock {
	struct sock_common __sk_common;
	__u16 sk_protocol, sk_type;
	struct socket *sk_socket;
	struct sk_buff_head sk_receive_queue;
	struct pid *sk_peer_pid;
};
struct tcp_sock { __u32 copied_seq, rcv_nxt, write_seq; };
struct socket { struct sock *sk; };

typedef struct { int counter; } atomic_t;
typedef struct refcount_struct { atomic_t refs; } refcount_t;
struct sockaddr_un { char sun_path[108]; };
struct unix_address { refcount_t refcnt; int len; struct sockaddr_un name[0]; };
struct unix_sock { struct unix_address *addr; struct sock *peer; };
struct unix_skb_parms { __u32 consumed; };

struct iovec { void *iov_base; unsigned long iov_len; };
struct msghdr { struct iov_iter { unsigned long iov_offset, count, nr_segs; } msg_iter; };

struct inode { unsigned short i_mode; unsigned long i_ino; };
struct socket_alloc { struct socket socket; struct inode vfs_inode; };
struct file { struct inode *f_inode; void *private_data; };
struct fdtable { unsigned int max_fds; struct file **fd; };
struct files_struct { struct fdtable *fdt; };
struct thread_info { __u32 status; };
struct task_struct { struct thread_info thread_info; struct files_struct *files; struct task_struct *group_leader; char comm[16]; };

#pragma clang attribute pop

enum sock_flags { SOCK_DONE = 1 }; /* set when the peer's FIN came */

/* User-space layouts, fixed by the system call interface: never relocated. */
struct user_iovec { __u64 base, length; };
struct user_msghdr { __u64 name; __u32 name_length, padding; __u64 iov, iov_count, control, control_length; __u32 flags, padding2; };
struct user_mmsghdr { struct user_msghdr header; __u32 length, padding; };

#endif
