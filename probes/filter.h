/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Which connections are wanted, by rules that user space may change while the probes run: judged once for each change. */
#ifndef QUERYTAP_FILTER_H
#define QUERYTAP_FILTER_H

#include "maps.h"
#include "unix.h"
#include <bpf/bpf_core_read.h>

/* A unix-domain socket has a path where others have ports: the two are one kind. */
enum filter_kind { BY_PORT = 1, BY_PID = 2, BY_COMM = 4, BY_CGROUP = 8 };
enum filter_verdict { INCLUDED = 1, EXCLUDED = 2 };

/* src/bpf/filter.ts mirrors it. */
struct filter {
	__u32 generation;	/* counts changes */
	__u32 kinds;		/* kinds with any rule */
	__u32 included;		/* kinds of which a connection must match one */
	__u32 padding;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct filter);
} filter SEC(".maps");

#define FILTER_RULES(name, key_type, entries)           \
	struct {                                        \
		__uint(type, BPF_MAP_TYPE_HASH);        \
		__uint(max_entries, entries);           \
		__type(key, key_type);                  \
		__type(value, __u32);                   \
	} name SEC(".maps")

struct comm { char text[16]; };

FILTER_RULES(filter_ports, __u32, 1024);
FILTER_RULES(filter_sockets, struct socket_path, 1024);
FILTER_RULES(filter_pids, __u32, 1024);
FILTER_RULES(filter_comms, struct comm, 1024);
FILTER_RULES(filter_cgroups, __u64, 16384);

static __always_inline __u32 rule_of(void *map, const void *key)
{
	__u32 *rule = bpf_map_lookup_elem(map, key);

	return rule ? *rule : 0;
}

/* A thread may have a name of its own: its process's counts too. */
static __always_inline __u32 comm_rules(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct comm comm = {};
	__u32 rules;

	bpf_get_current_comm(&comm, sizeof(comm));
	rules = rule_of(&filter_comms, &comm);
	BPF_CORE_READ_INTO(&comm, task, group_leader, comm);
	return rules | rule_of(&filter_comms, &comm);
}

__noinline __u32 socket_rules(__u64 address, __u32 role)
{
	struct socket_path path = {};

	return unix_path((struct sock *)address, role, path.text) ? rule_of(&filter_sockets, &path) : 0;
}

/* By the process that runs now: whoever moves the first payload of a connection. @param sk a unix-domain socket; NULL: TCP */
static __always_inline bool filter_agrees(const struct filter *rules, __u32 local_port, __u32 remote_port,
					  const struct sock *sk, __u8 role)
{
	__u32 kinds = rules->kinds, found, matched = 0, all = 0;
	__u32 pid = bpf_get_current_pid_tgid() >> 32;
	__u64 cgroup;

	if (knobs.own_pid && pid == knobs.own_pid)
		return false;
	if (kinds & BY_PORT) {
		found = sk ? socket_rules((__u64)sk, role) :
			     rule_of(&filter_ports, &local_port) | rule_of(&filter_ports, &remote_port);
		all |= found;
		matched |= found & INCLUDED ? BY_PORT : 0;
	}
	if (kinds & BY_PID) {
		found = rule_of(&filter_pids, &pid);
		all |= found;
		matched |= found & INCLUDED ? BY_PID : 0;
	}
	if (kinds & BY_COMM) {
		found = comm_rules();
		all |= found;
		matched |= found & INCLUDED ? BY_COMM : 0;
	}
	if (kinds & BY_CGROUP) {
		cgroup = bpf_get_current_cgroup_id();
		found = rule_of(&filter_cgroups, &cgroup);
		all |= found;
		matched |= found & INCLUDED ? BY_CGROUP : 0;
	}
	return !(all & EXCLUDED) && (matched & rules->included) == rules->included;
}

static __always_inline bool filter_wants(const struct filter *rules, __u32 local_port, __u32 remote_port)
{
	return filter_agrees(rules, local_port, remote_port, NULL, ROLE_UNKNOWN);
}

#endif
