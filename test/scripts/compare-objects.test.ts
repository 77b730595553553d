import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compareObjects } from '../../scripts/compare-objects.ts'
import { sectionNamed } from '../../src/elf/lookup.ts'
import { parseElf } from '../../src/elf/parse.ts'

const bytes = readFileSync(new URL('../../bpf/bootstrap.bpf.o', import.meta.url))
const committed = { name: 'committed', bytes }

/** The object with one byte of `sectionName` changed. */
function changed(sectionName: string, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes)
  const index = sectionNamed(parseElf(bytes, 'committed'), sectionName)!.offset + at
  copy[index] = copy[index]! ^ 1
  return copy
}

describe('compareObjects', () => {
  it('finds no difference between an object and its copy', () => {
    expect(compareObjects(committed, { name: 'rebuilt', bytes: Uint8Array.from(bytes) })).toEqual([])
  })

  it.each([
    ['code', 'tp/sched/sched_process_exec', 4],
    ['data', '.rodata', 4],
    ['types', '.BTF', 40],
    ['line information', '.BTF.ext', 40],
    // The low byte of the first relocation's symbol index.
    ['a relocation', '.reltp/sched/sched_process_exec', 12],
  ])('names the section and the byte where %s differs', (_, name, at) => {
    const differences = compareObjects(committed, { name: 'rebuilt', bytes: changed(name, at) })
    expect(differences).toEqual([`section ${name} differs from byte ${at} on`])
  })

  it('ignores the section that only linkers read', () => {
    expect(compareObjects(committed, { name: 'rebuilt', bytes: changed('.llvm_addrsig', 0) })).toEqual([])
  })
})
