import type { TypeId } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import type { ModuleBtf } from '../btf/module_btf.ts'
import type { BtfComposite } from '../btf/types.ts'
import { RelocationError } from './relocation_error.ts'

/** Where the kernel's types come from. */
export interface TypeSource {
  readonly vmlinux: () => Btf
  /** Asked for only where vmlinux does not have a type. */
  readonly modules: () => readonly ModuleBtf[]
}

/** The ids that the kernel is told of a struct_ops map. */
export interface StructOpsTypes {
  /** The module that has the types; undefined where vmlinux has them. */
  readonly module: string | undefined
  /** `struct NAME`, what programs are attached to. */
  readonly type: TypeId
  /** `struct bpf_struct_ops_NAME`, what the map's value is. */
  readonly valueType: TypeId
}

/** One of the kernel's tables of function pointers. */
export interface KernelStructOps {
  readonly types: StructOpsTypes
  readonly btf: Btf
  readonly struct: BtfComposite
  /** Bytes. */
  readonly valueSize: number
  /** Bytes from the start of the value to the struct; the kernel's own bookkeeping comes before it. */
  readonly dataOffset: number
}

/** What the name of the value's struct starts with (`STRUCT_OPS_VALUE_PREFIX` in libbpf's src/libbpf.c). */
const VALUE_PREFIX = 'bpf_struct_ops_'

/**
 * Finds the struct of the map's value, in vmlinux first, then in the modules, and `struct NAME` as its member. A kernel may
 * have several structs of one name; the value tells which is meant.
 *
 * @throws RelocationError 'RELOCATION_BAD_STRUCT_OPS' where the kernel does not have them.
 */
export function findKernelStructOps(name: string, source: TypeSource): KernelStructOps {
  const { btf, module, value } = findValue(name, source)
  for (const { type, bitOffset } of value.members) {
    const struct = btf.type(type)
    if (struct.kind !== 'struct' || struct.name !== name) continue
    const types = { module, type: struct.id, valueType: value.id }
    return { types, btf, struct, valueSize: value.size, dataOffset: bitOffset / 8 }
  }
  throw missing(`the kernel's struct ${value.name} has no struct ${name} in it`)
}

interface FoundValue {
  readonly btf: Btf
  readonly module: string | undefined
  readonly value: BtfComposite
}

function findValue(name: string, { vmlinux, modules }: TypeSource): FoundValue {
  const wanted = `${VALUE_PREFIX}${name}`
  const btf = vmlinux()
  const value = btf.find(wanted, 'struct')
  if (value !== undefined) return { btf, module: undefined, value }
  for (const module of modules()) {
    const found = module.btf.find(wanted, 'struct')
    if (found !== undefined) return { btf: module.btf, module: module.name, value: found }
  }
  const known = btf.find(name, 'struct') === undefined ? '' : `, though a struct ${name}`
  throw missing(
    `neither the kernel's BTF nor that of a module has a struct ${wanted}${known}: it has no such table, or none that BPF ` +
      'programs can fill',
  )
}

function missing(found: string): RelocationError {
  return new RelocationError('RELOCATION_BAD_STRUCT_OPS', found)
}
