import { type InsnIndex, insnIndex } from '../base/units.ts'
import type { ElfRelocation } from '../elf/elf_file.ts'
import { isLdimm64, isSubprogramAddress, isSubprogramCall } from '../insn/insn.ts'
import { InsnView } from '../insn/insn_view.ts'
import { BPF_CALL, BPF_DW, BPF_IMM, BPF_JMP, BPF_LD, INSN_SIZE } from '../insn/opcodes.ts'
import type { FunctionSpec } from '../object/function_spec.ts'
import type { ObjectSpec } from '../object/object_spec.ts'
import { endOf, type FunctionTable } from './functions.ts'
import { relocationError, type RelocationRole, relocationsOf, roleOf } from './relocations.ts'

/** An instruction that names another function of the object. */
export interface FunctionReference {
  /** From the start of the function that the instruction belongs to. */
  readonly insn: InsnIndex
  /** A call, or an `ldimm64` that loads the address for a helper that calls back. */
  readonly kind: 'call' | 'address'
  readonly target: FunctionSpec
}

/**
 * Finds the functions that `fn` calls, and those whose address it takes, in the order of its instructions. clang says it
 * in three ways:
 *
 * - A call with an R_BPF_64_32 relocation. The target is `imm + 1` instructions from the relocation's symbol: the
 *   function's own, and `imm` is -1; or for a static function the symbol of its section, and `imm` says where in it.
 * - A call without a relocation, of a static function in the same section: the assembler knew the distance already.
 * - An `ldimm64` with an R_BPF_64_64 relocation. The target is `imm` bytes from the symbol.
 *
 * @throws RelocationError 'RELOCATION_BAD_TARGET' where an instruction has not that form, or where no function starts at
 *   the place that it names.
 */
export function findFunctionReferences(
  spec: ObjectSpec,
  table: FunctionTable,
  fn: FunctionSpec,
): readonly FunctionReference[] {
  const reader = new ReferenceReader(spec, table, fn)
  const relocations = new Map<number, ElfRelocation>()
  for (const relocation of relocationsOf(spec, fn)) {
    const insn = relocation.offset / INSN_SIZE - fn.start
    if (isFunctionRole(roleOf(spec.elf, relocation)) && !Number.isInteger(insn)) {
      throw reader.fail(insn, 'the relocation is about the middle of an instruction')
    }
    relocations.set(insn, relocation)
  }
  const references: FunctionReference[] = []
  for (let index = 0; index < fn.insns.length / INSN_SIZE; index++) {
    const relocation = relocations.get(index)
    if (relocation === undefined && !mayNameFunction(fn.insns[index * INSN_SIZE])) continue
    const reference = reader.read(insnIndex(index), relocation)
    if (reference !== undefined) references.push(reference)
  }
  return references
}

/** Nearly all instructions are neither calls nor 64-bit loads: their first byte says so, and they are not decoded. */
function mayNameFunction(code: number | undefined): boolean {
  return code === (BPF_JMP | BPF_CALL) || code === (BPF_LD | BPF_IMM | BPF_DW)
}

function isFunctionRole(role: RelocationRole): boolean {
  return role === 'call' || role === 'function-address'
}

class ReferenceReader {
  readonly #spec: ObjectSpec
  readonly #table: FunctionTable
  readonly #fn: FunctionSpec
  readonly #view: InsnView

  constructor(spec: ObjectSpec, table: FunctionTable, fn: FunctionSpec) {
    this.#spec = spec
    this.#table = table
    this.#fn = fn
    this.#view = new InsnView(fn.insns, spec.elf.endianness)
  }

  read(insn: InsnIndex, relocation: ElfRelocation | undefined): FunctionReference | undefined {
    if (relocation === undefined) return this.#readUnrelocated(insn)
    switch (roleOf(this.#spec.elf, relocation)) {
      case 'call':
        return this.#readCall(insn, relocation)
      case 'function-address':
        return this.#readAddress(insn, relocation)
      case 'extern':
      case 'jump-table':
      case 'other':
        return undefined
    }
  }

  fail(insn: number, found: string): Error {
    return relocationError(this.#spec, this.#fn, insn * INSN_SIZE, 'RELOCATION_BAD_TARGET', found)
  }

  #readUnrelocated(insn: InsnIndex): FunctionReference | undefined {
    const slot = { code: this.#view.code(insn), src: this.#view.src(insn) }
    if (isSubprogramAddress(slot)) {
      throw this.fail(insn, 'it loads the address of a function, and no relocation says which')
    }
    if (!isSubprogramCall(slot)) return undefined
    const place = this.#fn.start + insn + 1 + this.#view.imm(insn)
    return { insn, kind: 'call', target: this.#functionAt(insn, this.#fn.section, place) }
  }

  #readCall(insn: InsnIndex, relocation: ElfRelocation): FunctionReference {
    const { imm, ...slot } = this.#view.get(insn)
    if (!isSubprogramCall(slot)) {
      throw this.fail(insn, 'its relocation is one of a call, and it does not call a function of the object')
    }
    const distance = relocation.addend === undefined ? imm + 1 : Number(relocation.addend) / INSN_SIZE
    return { insn, kind: 'call', target: this.#targetOf(insn, relocation, distance) }
  }

  #readAddress(insn: InsnIndex, relocation: ElfRelocation): FunctionReference {
    if (!isLdimm64(this.#view.get(insn)) || this.#fn.start + insn + 1 >= endOf(this.#fn)) {
      throw this.fail(
        insn,
        'it is no 64-bit immediate load (ldimm64) that could take the address of a function',
      )
    }
    const distance = Number(relocation.addend ?? this.#view.imm(insn)) / INSN_SIZE
    return { insn, kind: 'address', target: this.#targetOf(insn, relocation, distance) }
  }

  /** @param distance From the relocation's symbol to the function, in instructions. */
  #targetOf(insn: InsnIndex, { symbol: index }: ElfRelocation, distance: number): FunctionSpec {
    const symbol = this.#spec.elf.symbols[index]
    if (symbol?.definedIn.kind === 'section') {
      return this.#functionAt(insn, symbol.definedIn.section, Number(symbol.value) / INSN_SIZE + distance)
    }
    throw this.fail(insn, `it refers to symbol ${symbol?.name ?? index}, which is no function of a section`)
  }

  #functionAt(insn: InsnIndex, section: FunctionSpec['section'], place: number): FunctionSpec {
    const target = this.#table.startingAt(section, place)
    if (target !== undefined) return target
    const name = this.#spec.elf.sections[section]?.name ?? section
    const inside = this.#table.containing(section, place)
    const found =
      inside === undefined ? '' : `; that is within ${inside.name}, which starts at ${inside.start}`
    throw this.fail(
      insn,
      `no function starts at instruction ${place} of section ${name}, to which it refers${found}`,
    )
  }
}
