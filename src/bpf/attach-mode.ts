/** The ways to attach the probes, cheapest first, and what each needs of the kernel. */

export const attachModes = ['fentry', 'kprobe', 'tracepoint'] as const

export type AttachMode = (typeof attachModes)[number]

export interface AttachModeFacts {
  /** Object file below dist/probes. */
  object: string
  describe: string
  /** What to do when the kernel lacks it. */
  hint: string
}

export const attachModeFacts: Record<AttachMode, AttachModeFacts> = {
  fentry: {
    object: 'fentry.bpf.o',
    describe: 'trampolines at tcp_sendmsg and tcp_recvmsg (Linux 5.10 and later; arm64 6.0)',
    hint: 'the kernel needs CONFIG_FUNCTION_TRACER, CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS and BPF trampolines',
  },
  kprobe: {
    object: 'kprobe.bpf.o',
    describe: 'kprobes on tcp_sendmsg, tcp_recvmsg and release_sock (Linux 5.10 and later)',
    hint: 'the kernel needs CONFIG_KPROBES and CONFIG_KPROBE_EVENTS',
  },
  tracepoint: {
    object: 'tracepoint.bpf.o',
    describe: 'raw tracepoints sys_enter, sock_send_length and sock_recv_length (Linux 6.3 and later)',
    hint: 'the kernel needs CONFIG_FTRACE_SYSCALLS and Linux 6.3 or later',
  },
}
