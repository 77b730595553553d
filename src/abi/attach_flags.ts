/** Flags of BPF_PROG_ATTACH and of BPF_LINK_CREATE, macros of include/uapi/linux/bpf.h, Linux 6.18. */
export const attach_flags = {
  /** Of a cgroup. */
  BPF_F_ALLOW_OVERRIDE: 1 << 0,
  BPF_F_ALLOW_MULTI: 1 << 1,
  /** `replace_bpf_fd` holds (Linux 5.6). */
  BPF_F_REPLACE: 1 << 2,
  /** Of lists with an order (Linux 6.6). */
  BPF_F_BEFORE: 1 << 3,
  BPF_F_AFTER: 1 << 4,
  /** `relative_id` holds instead of `relative_fd`. */
  BPF_F_ID: 1 << 5,
  /** What is named is a link instead of a program. */
  BPF_F_LINK: 1 << 13,
} as const

/** `link_create.netfilter.flags` (Linux 6.6). */
export const BPF_F_NETFILTER_IP_DEFRAG = 1 << 0

/** Protocol families of netfilter, include/uapi/linux/netfilter.h. */
export const netfilter_family = { NFPROTO_IPV4: 2, NFPROTO_IPV6: 10 } as const

/** setsockopt(2), include/uapi/asm-generic/socket.h, which x64 and arm64 share. */
export const SOL_SOCKET = 1
export const socket_option = {
  SO_DETACH_BPF: 27,
  SO_ATTACH_BPF: 50,
  SO_ATTACH_REUSEPORT_EBPF: 52,
  /** Linux 5.3. */
  SO_DETACH_REUSEPORT_BPF: 68,
} as const
