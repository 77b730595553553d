import { typeId, type TypeId } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { MAX_RESOLVE_DEPTH, vlenOf } from '../btf/format.ts'
import type { BtfKind } from '../btf/types.ts'

/** Arguments that a trampoline passes on (MAX_BPF_FUNC_ARGS in include/linux/bpf.h, Linux 6.18). */
const MAX_ARGUMENTS = 12

/** Bytes of a struct that is passed by value. */
const MAX_STRUCT_SIZE = 16

/** Words of `struct btf_type`, and of each `struct btf_param` behind it: name, type. */
const PARAMS_START = 3
const PARAM_WORDS = 2

/** How a type is passed; 0 stands for what is not known yet. */
const SCALAR = 1
const SMALL_STRUCT = 2
const LARGE_STRUCT = 3
type Passing = typeof SCALAR | typeof SMALL_STRUCT | typeof LARGE_STRUCT

/** Kinds that say nothing of their own. */
const TRANSPARENT: ReadonlySet<BtfKind> = new Set(['typedef', 'const', 'volatile', 'restrict', 'type_tag'])

/**
 * Which functions can have a trampoline, by their prototypes: fentry and fexit programs cannot be attached to those with `...`, to
 * those that take or return large structs, nor where there are too many arguments (`btf_distill_func_proto` in kernel/bpf/btf.c, Linux
 * 6.18). Asked for each of a kernel's 50,000 functions, so that it reads words where decoding would make objects; how a
 * type is passed is found out once.
 */
export class Trampolines {
  readonly #btf: Btf
  readonly #passing: Uint8Array

  constructor(btf: Btf) {
    this.#btf = btf
    this.#passing = new Uint8Array(btf.firstId + btf.typeCount)
  }

  /** @throws BtfError BTF_NO_SUCH_TYPE, BTF_UNKNOWN_KIND */
  fits(func: TypeId): boolean {
    const btf = this.#btf
    const proto = typeId(btf.wordOf(func, 2))
    if (btf.kind(proto) !== 'func_proto') return false
    const count = vlenOf(btf.wordOf(proto, 1))
    if (count > MAX_ARGUMENTS || this.#passingOf(btf.wordOf(proto, 2)) > SCALAR) return false
    for (let index = 0; index < count; index++) {
      const type = btf.wordOf(proto, PARAMS_START + index * PARAM_WORDS + 1)
      if (type === 0 || this.#passingOf(type) === LARGE_STRUCT) return false
    }
    return true
  }

  #passingOf(type: number): Passing {
    const known = this.#passing[type]
    if (known === SCALAR || known === SMALL_STRUCT || known === LARGE_STRUCT) return known
    const found = this.#look(typeId(type), 0)
    this.#passing[type] = found
    return found
  }

  #look(id: TypeId, depth: number): Passing {
    const kind = this.#btf.kind(id)
    if (kind === 'struct' || kind === 'union') {
      return this.#btf.wordOf(id, 2) > MAX_STRUCT_SIZE ? LARGE_STRUCT : SMALL_STRUCT
    }
    if (!TRANSPARENT.has(kind)) return SCALAR
    // A circle is nothing that could be passed.
    if (depth === MAX_RESOLVE_DEPTH) return LARGE_STRUCT
    return this.#look(typeId(this.#btf.wordOf(id, 2)), depth + 1)
  }
}
