import { describe, expect, it } from 'vitest'
import { typeId } from '../../src/base/units.ts'
import { POISON_HELPER } from '../../src/core/patch.ts'
import { R_BPF_64_32 } from '../../src/elf/constants.ts'
import { type ProgramReport, reportProgram } from '../../src/explain/program_report.ts'
import { programText } from '../../src/explain/program_text.ts'
import { callSubprogram, exit, loadImm64, loadMem, movImm } from '../../src/insn/assemble.ts'
import { BPF_DW, BPF_W } from '../../src/insn/opcodes.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { relocateObject } from '../../src/relocate/relocate_object.ts'
import { at } from '../core/members.ts'
import { type ObjectDescription, writeObject } from '../object/object_writer.ts'
import { smallKernel } from '../relocate/small_kernel.ts'

/** A program with one of everything, and a function that it calls. */
const description: ObjectDescription = {
  programs: [
    {
      name: 'main',
      section: 'xdp',
      insns: [
        loadImm64(1, 0n),
        loadImm64(2, 0n),
        loadMem(BPF_W, 3, 4, 0),
        loadImm64(5, 4n),
        callSubprogram(-1),
        movImm(1, 8),
        loadMem(BPF_DW, 1, 4, 8),
        exit(),
      ],
      relocations: [
        { insn: 0, symbol: 'counts' },
        { insn: 2, symbol: 'word' },
        { insn: 7, symbol: 'leaf', type: R_BPF_64_32 },
      ],
      coreRelos: [
        { insn: 4, type: 'task', access: '0:0' },
        { insn: 5, type: 'task', access: '0:1' },
        { insn: 8, type: 'task', access: '0:2' },
        { insn: 9, type: 'task', access: '0:2' },
      ],
    },
    { name: 'leaf', section: '.text', insns: [movImm(0, 9), exit()] },
  ],
  types: (builder, { int = typeId(0), s64 = builder.addInt('long', 8, { encoding: 'signed' }) }) => ({
    task: builder.addStruct('task_struct', 16, [
      at(0, 'tgid', int),
      at(4, 'gone', int),
      at(8, 'exit_code', s64),
    ]),
  }),
  maps: [{ name: 'counts', uints: { type: 2, max_entries: 1 } }],
  data: { '.data': [{ name: 'word', type: 'u64' }] },
}

function report(): ProgramReport {
  const spec = parseObject(writeObject(description), 'test.bpf.o')
  const [program] = relocateObject(spec, { targetBtf: smallKernel }).programs
  return reportProgram(program!, { endianness: spec.elf.endianness, btf: spec.btf })
}

describe('the report of a relocated program', () => {
  const { insns, ...program } = report()
  const insnAt = (insn: number): ProgramReport['insns'][number] => insns.find((each) => each.insn === insn)!

  it('says what the program is and what it is made of', () => {
    expect(program).toEqual({
      name: 'main',
      section: 'xdp',
      type: 'BPF_PROG_TYPE_XDP',
      functions: [
        { name: 'main', section: 'xdp', start: 0 },
        { name: 'leaf', section: '.text', start: 11 },
      ],
    })
  })

  it('has every instruction once, a 64-bit load as one', () => {
    expect(insns.map(({ insn }) => insn)).toEqual([0, 2, 4, 5, 7, 8, 9, 10, 11, 12])
    expect(insns.map(({ after }) => after.bytes.length)).toEqual([32, 32, 16, 32, 16, 16, 16, 16, 16, 16])
  })

  it('says of a reference to a map which, and leaves the descriptor open', () => {
    expect(insnAt(0)).toMatchObject({ relocations: [{ kind: 'map', map: 'counts', offset: undefined }] })
    expect(insnAt(0).before).toBeUndefined()
    expect(insnAt(2)).toMatchObject({ relocations: [{ kind: 'map', map: '.data', offset: 0 }] })
  })

  it('shows a field access before and after, and where the value is from', () => {
    expect(insnAt(4)).toMatchObject({
      before: { bytes: '6143000000000000', text: 'r3 = *(u32 *)(r4 +0)' },
      after: { bytes: '6143480000000000', text: 'r3 = *(u32 *)(r4 +72)' },
      relocations: [
        {
          kind: 'core',
          relocation: 'field_byte_offset',
          subject: 'struct task_struct.tgid',
          candidates: [{ btf: smallKernel().name }],
          expected: 0,
          value: 72,
          poisoned: false,
        },
      ],
    })
  })

  it('shows both halves of a poisoned 64-bit load', () => {
    expect(insnAt(5).after.text).toBe(`call ${POISON_HELPER}; call ${POISON_HELPER}`)
    expect(insnAt(5).before?.text).toBe('r5 = 0x4 ll')
    expect(insnAt(5).relocations).toMatchObject([
      { kind: 'core', value: undefined, found: undefined, poisoned: true },
    ])
    expect(programText(report())).toContain("nothing to read in the target's, so it is poisoned")
  })

  it('tells a field that would be misread from one whose offset alone is asked for', () => {
    const field = { kind: 'core', subject: 'struct task_struct.exit_code', expected: 8, value: 64 }
    expect(insnAt(8)).toMatchObject({
      after: { text: 'r1 = 64' },
      relocations: [{ ...field, poisoned: false }],
    })
    expect(insnAt(9)).toMatchObject({
      after: { text: `call ${POISON_HELPER}` },
      relocations: [{ ...field, poisoned: true }],
    })
    const text = programText(report())
    expect(text).toContain("64 in the target's (type 9, bit 512), of a size that this access would misread")
  })

  it('names the function that is called and where it is', () => {
    expect(insnAt(7).relocations).toEqual([{ kind: 'function', function: 'leaf', start: 11 }])
    expect(insnAt(7).before?.text).toContain('call')
  })
})
