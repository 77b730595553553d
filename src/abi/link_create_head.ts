/** What BPF_LINK_CREATE takes whatever is attached to; each family adds its own fields from byte 16 on. */
export const LINK_CREATE_HEAD = [
  { name: 'prog_fd', offset: 0, type: 'u32', since: '5.7', required: true },
  { name: 'target_fd', offset: 4, type: 'u32', since: '5.7' },
  { name: 'target_ifindex', offset: 4, type: 'u32', since: '5.9', overlays: 'target_fd' },
  { name: 'attach_type', offset: 8, type: 'u32', since: '5.7', required: true },
  { name: 'flags', offset: 12, type: 'u32', since: '5.7' },
] as const
