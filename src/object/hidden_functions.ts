import type { Btf } from '../btf/btf.ts'

/**
 * Tells the verifier that hidden functions are static. The verifier takes a global function by itself, with any arguments
 * that its type allows; a static one it follows from each of its callers, and knows what they pass. Who marks a function
 * `__hidden` (visibility "hidden") lets several source files share it and wants it verified like a static one, so its
 * `func` in BTF gets that linkage. libbpf does the same when it loads an object's BTF (src/libbpf.c, 1.6).
 *
 * @param bytes A copy of the BTF's bytes, which is changed: the linkage of a `func` is what `vlen` is in other kinds.
 * @param names The hidden functions.
 */
export function markHiddenFunctions(btf: Btf, bytes: Uint8Array, names: ReadonlySet<string>): void {
  if (names.size === 0) return
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const littleEndian = btf.endianness === 'little'
  for (const id of btf.idsOfKind('func')) {
    const type = btf.type(id)
    if (type.kind !== 'func' || type.linkage !== 'global' || !names.has(type.name)) continue
    const info = btf.offsetOf(id) + 4
    view.setUint32(info, (view.getUint32(info, littleEndian) & ~LINKAGE_MASK) >>> 0, littleEndian)
  }
}

/** The low half of `info`: BTF_FUNC_STATIC is 0, BTF_FUNC_GLOBAL 1 (include/uapi/linux/btf.h, Linux 6.18). */
const LINKAGE_MASK = 0xffff
