import type { Endianness } from '../base/reader.ts'
import { type InsnIndex, insnIndex } from '../base/units.ts'
import { STT_SECTION } from '../elf/constants.ts'
import type { ElfFile, ElfRelocation, ElfSection, ElfSymbol } from '../elf/elf_file.ts'
import { isLdimm64 } from '../insn/insn.ts'
import { InsnView } from '../insn/insn_view.ts'
import { INSN_SIZE } from '../insn/opcodes.ts'
import type { FunctionSpec } from '../object/function_spec.ts'
import type { ObjectSpec } from '../object/object_spec.ts'
import type { LinkBudget } from './link_budget.ts'
import type { JumpTableReference } from './relocated_object.ts'
import { relocationError, relocationsOf, roleOf } from './relocations.ts'

/** Bytes of an entry. */
const ENTRY_SIZE = 8

/**
 * Finds the jump tables of a function.
 *
 * A `switch` may be compiled to a jump by table: an `ldimm64` loads the table's address, an entry of the table is loaded into
 * a register, and `gotox` jumps to where it says. clang (from LLVM 22 on) puts the tables of an object into the section
 * `.jumptables`, each with a symbol of its own. An entry has 64 bits: bytes from the start of the section that the function
 * lies in to an instruction of it. The kernel (from Linux 6.19 on) wants each table as a map of type
 * BPF_MAP_TYPE_INSN_ARRAY, whose entries count instructions from the start of the program; it corrects them where it moves
 * instructions, and takes the `ldimm64` for one of the map's value. So a function that is linked into two programs has two
 * maps for one table. libbpf does the same (`create_jt_map` in src/libbpf.c).
 *
 * @throws RelocationError 'RELOCATION_BAD_TARGET' for a table that is not within its section, or that leads out of the
 *   function; 'RELOCATION_TOO_LARGE' where the budget ends.
 */
export function findJumpTables(
  spec: ObjectSpec,
  fn: FunctionSpec,
  budget: LinkBudget,
): readonly JumpTableReference[] {
  return relocationsOf(spec, fn)
    .filter((relocation) => roleOf(spec.elf, relocation) === 'jump-table')
    .map((relocation) => new TableReader(spec, fn, relocation).read(budget))
}

/** @param by How many instructions the function is moved by. */
export function moveJumpTable<Table extends JumpTableReference>(table: Table, by: number): Table {
  return {
    ...table,
    insn: insnIndex(table.insn + by),
    targets: table.targets.map((target) => insnIndex(target + by)),
  }
}

class TableReader {
  readonly #spec: ObjectSpec
  readonly #fn: FunctionSpec
  readonly #offset: number
  readonly #symbol: ElfSymbol | undefined

  constructor(spec: ObjectSpec, fn: FunctionSpec, relocation: ElfRelocation) {
    this.#spec = spec
    this.#fn = fn
    this.#offset = relocation.offset - fn.start * INSN_SIZE
    this.#symbol = spec.elf.symbols[relocation.symbol]
  }

  read(budget: LinkBudget): JumpTableReference {
    const insn = this.#loadedAt()
    const symbol = this.#symbol
    const section = sectionOf(this.#spec.elf, symbol)
    if (symbol === undefined || section === undefined || symbol.type === STT_SECTION) {
      throw this.#fail('it refers to section .jumptables, and not to one of its tables by name')
    }
    const [start, { size }] = [Number(symbol.value), symbol]
    if (size === 0 || size % ENTRY_SIZE !== 0 || start % ENTRY_SIZE !== 0) {
      throw this.#fail(
        `jump table ${symbol.name} has ${size} bytes from byte ${start} on; its entries have ${ENTRY_SIZE} bytes each`,
      )
    }
    if (start + size > section.data.length) {
      throw this.#fail(
        `jump table ${symbol.name} ends at byte ${start + size} of section .jumptables, which has ${section.data.length}`,
      )
    }
    budget.spendJumpTable(size / ENTRY_SIZE)
    const bytes = section.data.subarray(start, start + size)
    const targets = entriesOf(bytes, this.#spec.elf.endianness).map((entry) => this.#targetOf(entry))
    return { insn, name: symbol.name, targets }
  }

  #loadedAt(): InsnIndex {
    const insn = insnIndex(this.#offset / INSN_SIZE)
    const view = new InsnView(this.#fn.insns, this.#spec.elf.endianness)
    if (Number.isInteger(insn) && insn + 1 < view.length && isLdimm64(view.get(insn))) return insn
    throw this.#fail('it does not name a 64-bit immediate load (ldimm64) within the function')
  }

  #targetOf(entry: bigint): InsnIndex {
    const target = Number(entry) / INSN_SIZE - this.#fn.start
    if (Number.isInteger(target) && target >= 0 && target < this.#fn.insns.length / INSN_SIZE) {
      return insnIndex(target)
    }
    const name = this.#symbol?.name ?? ''
    throw this.#fail(
      `jump table ${name} leads to byte ${entry} of the section, which is no instruction of the function`,
    )
  }

  #fail(found: string): Error {
    return relocationError(this.#spec, this.#fn, this.#offset, 'RELOCATION_BAD_TARGET', found)
  }
}

function sectionOf(elf: ElfFile, symbol: ElfSymbol | undefined): ElfSection | undefined {
  return symbol?.definedIn.kind === 'section' ? elf.sections[symbol.definedIn.section] : undefined
}

function entriesOf(bytes: Uint8Array, endianness: Endianness): readonly bigint[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: bytes.length / ENTRY_SIZE }, (_, index) =>
    view.getBigUint64(index * ENTRY_SIZE, endianness === 'little'),
  )
}
