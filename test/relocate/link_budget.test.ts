import { describe, expect, it } from 'vitest'
import { insnIndex } from '../../src/base/units.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { LinkBudget } from '../../src/relocate/link_budget.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { writeObject } from '../object/object_writer.ts'

const spec = parseObject(writeObject(), 'test.bpf.o')
const fn = spec.functions[0]!
const nothing = {
  spec: fn,
  insns: fn.insns,
  references: [],
  mapReferences: [],
  externs: [],
  jumpTables: [],
  coreRelocations: [],
}
const megabyte = { recordSize: 16, count: 1 << 16, bytes: new Uint8Array(1 << 20) }

describe('LinkBudget', () => {
  it('ends when the copies of instructions take 256 MiB', () => {
    const budget = new LinkBudget(spec)
    const long = { ...fn, insns: new Uint8Array(64 << 20) }
    for (let copy = 0; copy < 3; copy++) budget.spendPlace(long)
    const error = bpfErrorOf('RELOCATION_TOO_LARGE', () => {
      budget.spendPlace(long)
    })
    expect(error.message).toContain('more than 256 MiB')
  })

  it('ends when records and lists do, since a short function may have any number of them', () => {
    const budget = new LinkBudget(spec)
    expect(() => {
      for (let copy = 0; copy < 128; copy++) {
        budget.spendCopy({ ...nothing, funcInfo: megabyte, lineInfo: megabyte })
      }
    }).not.toThrow()
    bpfErrorOf('RELOCATION_TOO_LARGE', () => {
      budget.spendCopy({ ...nothing, funcInfo: undefined, lineInfo: megabyte })
    })
  })

  it('ends when jump tables do, where they are read and where they are copied', () => {
    const budget = new LinkBudget(spec)
    const targets = Array.from({ length: 1 << 20 }, () => insnIndex(0))
    const jumpTables = [{ insn: insnIndex(0), name: 'table', targets }]
    for (let table = 0; table < 16; table++) budget.spendJumpTable(1 << 20)
    for (let copy = 0; copy < 15; copy++) {
      budget.spendCopy({ ...nothing, jumpTables, funcInfo: undefined, lineInfo: undefined })
    }
    bpfErrorOf('RELOCATION_TOO_LARGE', () => {
      budget.spendJumpTable((1 << 20) + 1)
    })
  })

  it('ends for a great many places of tiny functions', () => {
    const budget = new LinkBudget(spec)
    bpfErrorOf('RELOCATION_TOO_LARGE', () => {
      for (let place = 0; place < 1 << 20; place++) budget.spendPlace(fn)
    })
  })
})
