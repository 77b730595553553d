/** What netlink takes that the kernel's BTF does not name, because they are macros there. Same on x64 and arm64. */

/** socket(2), include/linux/socket.h and include/linux/net.h. */
export const AF_NETLINK = 16
export const SOCK_RAW = 3
export const SOCK_NONBLOCK = 0o4000
export const SOCK_CLOEXEC = 0o2_000_000

/** include/uapi/linux/netlink.h. */
export const NETLINK_ROUTE = 0
export const SOL_NETLINK = 270
/** Errors come without a copy of the request (Linux 4.3). */
export const NETLINK_CAP_ACK = 10
/** Errors come with the kernel's own words (Linux 4.12). */
export const NETLINK_EXT_ACK = 11

/** Message types that every netlink family has. */
export const NLMSG_ERROR = 2
export const NLMSG_DONE = 3

/** Flags of a message. */
export const NLM_F_REQUEST = 0x1
export const NLM_F_MULTI = 0x2
export const NLM_F_ACK = 0x4
export const NLM_F_ECHO = 0x8
/** Of a request for many things. */
export const NLM_F_DUMP = 0x300
/** Of a request that makes something. */
export const NLM_F_REPLACE = 0x100
export const NLM_F_EXCL = 0x200
export const NLM_F_CREATE = 0x400
/** Of an answer: the request is not repeated in it, and attributes follow. */
export const NLM_F_CAPPED = 0x100
export const NLM_F_ACK_TLVS = 0x200

/** Of an attribute's type. */
export const NLA_F_NESTED = 0x8000
export const NLA_F_NET_BYTEORDER = 0x4000

/** Modes of XDP and conditions of IFLA_XDP, include/uapi/linux/if_link.h. */
export const xdp_flags = {
  XDP_FLAGS_UPDATE_IF_NOEXIST: 1 << 0,
  XDP_FLAGS_SKB_MODE: 1 << 1,
  XDP_FLAGS_DRV_MODE: 1 << 2,
  XDP_FLAGS_HW_MODE: 1 << 3,
  /** IFLA_XDP_EXPECTED_FD holds (Linux 5.7). */
  XDP_FLAGS_REPLACE: 1 << 4,
} as const

/** Traffic control, include/uapi/linux/pkt_sched.h and pkt_cls.h: the parent of filters is the qdisc's two halves put together. */
export const TC_H_CLSACT = 0xffff_fff1
export const TC_H_MIN_INGRESS = 0xfff2
export const TC_H_MIN_EGRESS = 0xfff3
export const TCA_BPF_FLAG_ACT_DIRECT = 1 << 0

/** include/uapi/linux/if_ether.h: packets of every protocol. */
export const ETH_P_ALL = 3
