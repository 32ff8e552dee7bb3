/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Where kernels differ: one block for each change, with the release that made it. */
#ifndef QUERYTAP_COMPAT_H
#define QUERYTAP_COMPAT_H

#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

/*
 * Where the verifier knows a pointer's type a plain load reads a field, else it takes a call, which costs several times as much.
 * 6.2: any address can be given a type, by a function of the kernel. Each object is built with and without: a function that a
 * kernel does not have is looked for among its modules, which takes CAP_SYS_ADMIN. The arguments of a trampoline have a type.
 */
#ifdef TYPED_LOADS
extern void *bpf_rdonly_cast(const void *address, __u32 type) __ksym;
#define TYPED(type, address) ((type *)bpf_rdonly_cast((const void *)(address), bpf_core_type_id_kernel(type)))
#define FIELD_AT(type, address, field) (TYPED(type, address)->field)
#else
#define FIELD_AT(type, address, field) BPF_CORE_READ((type *)(address), field)
#endif
/* Of the socket that a program was given. */
#ifdef TYPED_POINTERS
#define SOCK_FIELD(sk, field) ((sk)->field)
#else
#define SOCK_FIELD(sk, field) FIELD_AT(struct sock, sk, field)
#endif

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
/* 5.14: the bit mask `type` became the byte `iter_type`. */
struct iov_iter___before_5_14 { unsigned int type; };
struct iov_iter___since_5_14 { __u8 iter_type; };
/* 6.4: `iov` became `__iov`. 6.0: a single user buffer has a field of its own, `ubuf`. */
struct iov_iter___before_6_4 { const struct iovec *iov; };
struct iov_iter___since_6_4 { const struct iovec *__iov; };
struct iov_iter___since_6_0 { void *ubuf; };
#pragma clang attribute pop

/* The values of this enum changed in 6.0 and again in 6.4 and 6.12: ask, never assume. */
enum iter_type { ITER_IOVEC, ITER_UBUF };

enum iter_kind { ITER_KIND_OTHER, ITER_KIND_BUFFER, ITER_KIND_IOVECS };

static __always_inline enum iter_kind iter_kind(const struct iov_iter *iter)
{
	if (!bpf_core_field_exists(struct iov_iter___since_5_14, iter_type)) {
		unsigned int type = BPF_CORE_READ((const struct iov_iter___before_5_14 *)iter, type);

		/* Bit 0 is the direction; ITER_IOVEC is 4. */
		return (type & ~1U) == 4 ? ITER_KIND_IOVECS : ITER_KIND_OTHER;
	}
	__u8 type = FIELD_AT(struct iov_iter___since_5_14, iter, iter_type);

	if (bpf_core_enum_value_exists(enum iter_type, ITER_UBUF) && type == bpf_core_enum_value(enum iter_type, ITER_UBUF))
		return ITER_KIND_BUFFER;
	return type == bpf_core_enum_value(enum iter_type, ITER_IOVEC) ? ITER_KIND_IOVECS : ITER_KIND_OTHER;
}

static __always_inline __u64 iter_iovecs(const struct iov_iter *iter)
{
	if (bpf_core_field_exists(struct iov_iter___since_6_4, __iov))
		return (__u64)BPF_CORE_READ((const struct iov_iter___since_6_4 *)iter, __iov);
	return (__u64)BPF_CORE_READ((const struct iov_iter___before_6_4 *)iter, iov);
}

static __always_inline __u64 iter_buffer(const struct iov_iter *iter)
{
	return (__u64)BPF_CORE_READ((const struct iov_iter___since_6_0 *)iter, ubuf);
}

#endif
