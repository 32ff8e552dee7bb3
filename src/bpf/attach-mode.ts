/** The ways to attach the probes, cheapest first, and what each needs of the kernel. */

export const attachModes = ['fentry', 'kprobe', 'tracepoint'] as const

export type AttachMode = (typeof attachModes)[number]

export interface AttachModeFacts {
  /** It is built without typed loads too (`TYPED_LOADS` in probes/compat.h), for kernels before 6.2. */
  hasPlainObject: boolean
  describe: string
  /** What to do when the kernel lacks it. */
  hint: string
}

export const attachModeFacts: Record<AttachMode, AttachModeFacts> = {
  fentry: {
    hasPlainObject: true,
    describe: 'trampolines at tcp_sendmsg and tcp_recvmsg (Linux 5.10 and later; arm64 6.0)',
    hint: 'the kernel needs CONFIG_FUNCTION_TRACER, CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS and BPF trampolines',
  },
  kprobe: {
    hasPlainObject: true,
    describe: 'kprobes on tcp_sendmsg, tcp_recvmsg and release_sock (Linux 5.10 and later)',
    hint: 'the kernel needs CONFIG_KPROBES and CONFIG_KPROBE_EVENTS',
  },
  tracepoint: {
    hasPlainObject: false,
    describe: 'raw tracepoints sys_enter, sock_send_length and sock_recv_length (Linux 6.3 and later)',
    hint: 'the kernel needs CONFIG_FTRACE_SYSCALLS and Linux 6.3 or later',
  },
}
