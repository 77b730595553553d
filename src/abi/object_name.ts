/** BPF_OBJ_NAME_LEN of include/uapi/linux/bpf.h: bytes of a program's or map's name with the NUL at its end. */
export const BPF_OBJ_NAME_LEN = 16

/**
 * Makes of a program's or map's name one that the kernel accepts: cut to 15 bytes, and each byte that is not a letter, a
 * digit, `_` or `.` replaced by `_` (`bpf_obj_name_cpy` in kernel/bpf/syscall.c, Linux 6.18; `.` since Linux 5.2).
 */
export function objectName(name: string): string {
  const bytes = new TextEncoder().encode(name).subarray(0, BPF_OBJ_NAME_LEN - 1)
  return String.fromCharCode(...bytes).replaceAll(/[^A-Za-z0-9_.]/g, '_')
}

/** `text` as the kernel takes strings: UTF-8 with a NUL at the end. */
export function cString(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`)
}
