import { describe, expect, it } from 'vitest'
import type { Btf } from '../../src/btf/btf.ts'
import { insnIndex } from '../../src/base/units.ts'
import { STT_SECTION } from '../../src/elf/constants.ts'
import { loadImm64, movImm } from '../../src/insn/assemble.ts'
import { moveJumpTable } from '../../src/relocate/jump_tables.ts'
import type { JumpTableReference } from '../../src/relocate/relocated_object.ts'
import { relocateAll } from './relocate_all.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { type TableChanges, tableSpec } from './jump_tables_object.ts'

const targetBtf = (): Btf => {
  throw new Error('not asked for')
}
const tablesOf = (changes: TableChanges = {}): readonly JumpTableReference[] =>
  relocateAll(tableSpec(changes), { targetBtf }).programs[0]!.jumpTables

describe('a jump table', () => {
  it('is found by its symbol, and leads to instructions of the program that the function is linked into', () => {
    // main has four slots, so `switches` starts at 4.
    expect(tablesOf()).toEqual([
      { insn: 0, name: 'own', targets: [0] },
      { insn: 4, name: 'table', targets: [5, 6] },
    ])
  })

  it('is read in the byte order of the object', () => {
    const big = tablesOf({ object: { endianness: 'big' } })
    expect(big).toEqual(tablesOf())
  })

  it('moves with its function', () => {
    const table = { insn: insnIndex(1), name: 'table', targets: [insnIndex(2), insnIndex(3)] }
    expect(moveJumpTable(table, 10)).toEqual({ insn: 11, name: 'table', targets: [12, 13] })
  })

  const refused: [string, TableChanges, string][] = [
    ['leads out of the function', { entries: [40, 24] }, 'jump table table leads to byte 24 of the section'],
    ['leads behind the function', { entries: [64] }, 'leads to byte 64'],
    ['leads into an instruction', { entries: [41] }, 'leads to byte 41'],
    [
      'ends behind its section',
      { symbol: { size: 32n } },
      'ends at byte 40 of section .jumptables, which has 24',
    ],
    ['has half an entry', { symbol: { size: 12n } }, 'has 12 bytes from byte 8 on'],
    ['starts within an entry', { symbol: { value: 4n } }, 'has 16 bytes from byte 4 on'],
    ['has no size', { symbol: { size: 0n } }, 'has 0 bytes'],
    ['has no name', { symbol: { type: STT_SECTION, value: 0n } }, 'not to one of its tables by name'],
  ]
  it.each(refused)('is refused where it %s', (_, changes, found) => {
    const { message } = bpfErrorOf('RELOCATION_BAD_TARGET', () => tablesOf(changes))
    expect(message).toContain('cannot relocate instruction 0 of function switches')
    expect(message).toContain(found)
  })

  it('is refused where no ldimm64 loads its address', () => {
    const program = (insns: Parameters<typeof Array.of>): TableChanges => ({
      object: {
        programs: [
          { name: 'main', section: 'tc', insns: insns as never, relocations: [{ insn: 0, symbol: 'table' }] },
        ],
      },
    })
    bpfErrorOf('RELOCATION_BAD_TARGET', () => tablesOf(program([movImm(0, 0)])))
    bpfErrorOf('RELOCATION_BAD_TARGET', () => tablesOf(program([loadImm64(1, 0n)[0]])))
  })
})
