import type { AttrValues, StructTable } from './attr_table.ts'
import { encodeAttr } from './encode_attr.ts'
import type { EncodedAttr } from './encoded_attr.ts'

/**
 * `struct perf_event_attr` of include/uapi/linux/perf_event.h, Linux 6.18. The kernel copies at least
 * PERF_ATTR_SIZE_VER0 = 64 bytes whatever `size` says. `flags` stands for the bitfields from `disabled` to `sigtrap`;
 * its bits are in `perf_event_attr_flags`.
 */
export const PERF_EVENT_ATTR = {
  name: 'perf_event_attr',
  minimumSize: 64,
  fields: [
    { name: 'type', offset: 0, type: 'u32', since: '2.6.31', required: true },
    { name: 'size', offset: 4, type: 'u32', since: '2.6.31' },
    { name: 'config', offset: 8, type: 'u64', since: '2.6.31' },
    { name: 'sample_period', offset: 16, type: 'u64', since: '2.6.31' },
    { name: 'sample_freq', offset: 16, type: 'u64', since: '2.6.31', overlays: 'sample_period' },
    { name: 'sample_type', offset: 24, type: 'u64', since: '2.6.31' },
    { name: 'read_format', offset: 32, type: 'u64', since: '2.6.31' },
    { name: 'flags', offset: 40, type: 'u64', since: '2.6.31' },
    { name: 'wakeup_events', offset: 48, type: 'u32', since: '2.6.31' },
    { name: 'wakeup_watermark', offset: 48, type: 'u32', since: '2.6.31', overlays: 'wakeup_events' },
    { name: 'bp_type', offset: 52, type: 'u32', since: '2.6.31' },
    { name: 'config1', offset: 56, type: 'u64', since: '2.6.39' },
    { name: 'kprobe_func', offset: 56, type: 'ptr', since: '4.17', overlays: 'config1' },
    { name: 'uprobe_path', offset: 56, type: 'ptr', since: '4.17', overlays: 'config1' },
    { name: 'config2', offset: 64, type: 'u64', since: '2.6.39' },
    { name: 'probe_offset', offset: 64, type: 'u64', since: '4.17', overlays: 'config2' },
  ],
} as const satisfies StructTable

/** The bits of `flags`, as they lie on a little-endian host. */
export const perf_event_attr_flags = {
  disabled: 1n << 0n,
  inherit: 1n << 1n,
  pinned: 1n << 2n,
  exclusive: 1n << 3n,
  exclude_user: 1n << 4n,
  exclude_kernel: 1n << 5n,
  exclude_hv: 1n << 6n,
  exclude_idle: 1n << 7n,
  freq: 1n << 10n,
  watermark: 1n << 14n,
  write_backward: 1n << 27n,
} as const

/** Requests for ioctl(2) on a perf event; `_IO('$', ...)` and `_IOW('$', ..., __u32)`. */
export const perf_event_ioctl = {
  PERF_EVENT_IOC_ENABLE: 0x2400,
  PERF_EVENT_IOC_DISABLE: 0x2401,
  PERF_EVENT_IOC_SET_BPF: 0x4004_2408,
  PERF_EVENT_IOC_PAUSE_OUTPUT: 0x4004_2409,
} as const

/** Bits of `sample_type`: what a sample consists of (`enum perf_event_sample_format`). */
export const perf_event_sample_format = { PERF_SAMPLE_RAW: 1n << 10n } as const

/** PERF_FLAG_FD_CLOEXEC of include/uapi/linux/perf_event.h (Linux 3.14). */
export const PERF_FLAG_FD_CLOEXEC = 1 << 3

/** Encodes a `perf_event_attr` with `size` set to the bytes that there are. */
export function encodePerfEventAttr(values: Omit<AttrValues<typeof PERF_EVENT_ATTR>, 'size'>): EncodedAttr {
  const { bytes, pointers } = encodeAttr(PERF_EVENT_ATTR, { ...values, size: 0 })
  new DataView(bytes.buffer).setUint32(4, bytes.length, true)
  return { bytes, pointers }
}
