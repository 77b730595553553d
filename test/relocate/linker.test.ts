import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { insnIndex, typeId } from '../../src/base/units.ts'
import { POISON_HELPER } from '../../src/core/patch.ts'
import { R_BPF_64_32 } from '../../src/elf/constants.ts'
import { call, callSubprogram, exit, loadImm64, loadMem, loadWide, movImm } from '../../src/insn/assemble.ts'
import { type Insn, isSubprogramAddress, isSubprogramCall, readInsn } from '../../src/insn/insn.ts'
import { BPF_PSEUDO_FUNC, BPF_W, INSN_SIZE } from '../../src/insn/opcodes.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import type { InfoRecords, RelocatedProgram } from '../../src/relocate/relocated_object.ts'
import type { RelocateStep } from '../../src/relocate/steps.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { at } from '../core/members.ts'
import { type ObjectDescription, type ProgramDescription, writeObject } from '../object/object_writer.ts'
import { relocateAll } from './relocate_all.ts'
import { smallKernel } from './small_kernel.ts'

const types: NonNullable<ObjectDescription['types']> = (builder, { int = typeId(0) }) => ({
  task: builder.addStruct('task_struct', 8, [at(0, 'tgid', int), at(4, 'gone', int)]),
})

/** A subprogram with one of everything: a map, a variable, a field that is there, one that is not, and a call. */
const busy: ProgramDescription = {
  name: 'busy',
  section: '.text',
  linkage: 'static',
  insns: [
    loadImm64(1, 0n),
    loadImm64(2, 0n),
    loadMem(BPF_W, 3, 4, 0),
    loadMem(BPF_W, 3, 4, 4),
    callSubprogram(-1),
    exit(),
  ],
  relocations: [
    { insn: 0, symbol: 'counts' },
    { insn: 2, symbol: 'word' },
    { insn: 6, symbol: 'leaf', type: R_BPF_64_32 },
  ],
  coreRelos: [
    { insn: 4, type: 'task', access: '0:0' },
    { insn: 5, type: 'task', access: '0:1' },
  ],
}
const leaf: ProgramDescription = { name: 'leaf', section: '.text', insns: [movImm(0, 9), exit()] }

/** Calls the leaf, then the busy function; the other program the other way round. */
const programs: readonly ProgramDescription[] = [
  busy,
  leaf,
  {
    name: 'one',
    section: 'xdp',
    insns: [callSubprogram(-1), callSubprogram(-1), exit()],
    relocations: [
      { insn: 0, symbol: 'leaf', type: R_BPF_64_32 },
      { insn: 1, symbol: '.text', type: R_BPF_64_32 },
    ],
  },
  {
    name: 'two',
    section: 'xdp',
    insns: [movImm(0, 0), callSubprogram(-1), loadImm64(2, 64n), call(181), exit()],
    relocations: [
      { insn: 1, symbol: '.text', type: R_BPF_64_32 },
      { insn: 2, symbol: '.text' },
    ],
  },
]

const object: ObjectDescription = {
  programs,
  types,
  maps: [{ name: 'counts', uints: { type: 2, max_entries: 1 } }],
  data: {
    '.data': [
      { name: 'other', type: 'u64' },
      { name: 'word', type: 'u64' },
    ],
  },
}

function link(
  description: ObjectDescription,
  observer?: (step: RelocateStep) => void,
): readonly RelocatedProgram[] {
  const spec = parseObject(writeObject(description), 'test.bpf.o')
  return relocateAll(spec, { targetBtf: smallKernel, observer }).programs
}

function insnsOf({ insns }: RelocatedProgram): readonly Insn[] {
  return Array.from({ length: insns.length / INSN_SIZE }, (_, index) => readInsn(insns, insnIndex(index)))
}

function offsetsOf(info: InfoRecords | undefined): readonly number[] {
  const view = new DataView(info!.bytes.buffer)
  return Array.from({ length: info!.count }, (_, index) => view.getUint32(index * info!.recordSize, true))
}

const poison = call(POISON_HELPER)

describe('a linked program', () => {
  const [one, two] = link(object)

  it('has the functions that it calls behind it, each once, and calls them where they are', () => {
    expect(insnsOf(one!)).toEqual([
      callSubprogram(2),
      callSubprogram(3),
      exit(),
      ...[movImm(0, 9), exit()],
      ...[loadImm64(1, 0n), loadImm64(2, 0n)].flat(),
      loadMem(BPF_W, 3, 4, 72),
      poison,
      callSubprogram(-9),
      exit(),
    ])
  })

  it('has its own copies, in its own order, and loads addresses as it calls', () => {
    expect(insnsOf(two!)).toEqual([
      movImm(0, 0),
      callSubprogram(4),
      ...loadWide(2, BPF_PSEUDO_FUNC, 11, 0),
      call(181),
      exit(),
      ...[loadImm64(1, 0n), loadImm64(2, 0n)].flat(),
      loadMem(BPF_W, 3, 4, 72),
      poison,
      callSubprogram(1),
      exit(),
      ...[movImm(0, 9), exit()],
    ])
  })

  it('has the references and relocations of all its functions, where their instructions are now', () => {
    expect(one?.mapReferences).toEqual([
      { insn: 5, map: 'counts', kind: 'map', offset: 0 },
      { insn: 7, map: '.data', kind: 'value', offset: 8 },
    ])
    expect(one?.coreRelocations.map(({ insn, resolution }) => [insn, resolution.result.kind])).toEqual([
      [9, 'value'],
      [10, 'poison'],
    ])
    expect(two?.mapReferences.map(({ insn }) => insn)).toEqual([6, 8])
    expect(two?.coreRelocations.map(({ insn }) => insn)).toEqual([10, 11])
  })

  it('has func_info and line_info for each function', () => {
    for (const kind of ['funcInfo', 'lineInfo'] as const) {
      expect(offsetsOf(one?.[kind])).toEqual([0, 3, 5])
      expect(offsetsOf(two?.[kind])).toEqual([0, 6, 14])
    }
  })

  it('shares nothing with the other', () => {
    const [first, second] = link(object)
    first!.insns.fill(0xff)
    first!.lineInfo!.bytes.fill(0xff)
    expect(second).toEqual(two)
  })

  it('is the same in big-endian objects, byte order apart', () => {
    const [big] = link({ ...object, endianness: 'big' })
    const slots = Array.from({ length: one!.insns.length / INSN_SIZE }, (_, index) =>
      readInsn(big!.insns, insnIndex(index), 'big'),
    )
    expect(slots).toEqual(insnsOf(one!))
    expect(new DataView(big!.funcInfo!.bytes.buffer).getUint32(8)).toBe(3)
  })

  it('reports each function and each call, with CO-RE before them and once for each function', () => {
    const steps: string[] = []
    link(object, (step) => {
      if (step.kind === 'function-appended') {
        steps.push(`${step.program} + ${step.function} at ${step.start}, ${step.insnCount}`)
      } else if (step.kind === 'function-linked') {
        steps.push(`${step.program} ${step.insn} ${step.reference} ${step.function} at ${step.start}`)
      } else if (step.kind === 'core-resolved') {
        steps.push(`${step.program} ${step.insn} resolved`)
      }
    })
    expect(steps).toEqual([
      'busy 4 resolved',
      'busy 5 resolved',
      'one + leaf at 3, 2',
      'one + busy at 5, 8',
      'one 0 call leaf at 3',
      'one 1 call busy at 5',
      'one 11 call leaf at 3',
      'two + busy at 6, 8',
      'two + leaf at 14, 2',
      'two 1 call busy at 6',
      'two 2 address leaf at 14',
      'two 12 call leaf at 14',
    ])
  })
})

describe('linking', () => {
  it('does without what only programs that are left out call', () => {
    const bad: ProgramDescription = { name: 'bad', section: '.text', insns: [callSubprogram(99), exit()] }
    const relocations = [{ insn: 0, symbol: 'bad', type: R_BPF_64_32 }]
    const caller = { name: 'caller', section: '?xdp', insns: [callSubprogram(-1), exit()], relocations }
    expect(link({ programs: [bad, { name: 'fine' }, caller] }).map(({ name }) => name)).toEqual(['fine'])
  })

  it('blames the function that cannot be relocated', () => {
    const bad: ProgramDescription = { name: 'bad', section: '.text', insns: [callSubprogram(99), exit()] }
    const relocations = [{ insn: 0, symbol: 'bad', type: R_BPF_64_32 }]
    const caller = { name: 'caller', section: 'xdp', insns: [callSubprogram(-1), exit()], relocations }
    const error = bpfErrorOf('RELOCATION_BAD_TARGET', () => link({ programs: [bad, caller] }))
    expect(error.message).toContain('cannot relocate instruction 0 of function bad')
  })

  it('links a program that calls a program of its section, and itself', () => {
    const programs = [
      { name: 'callee', section: 'xdp' },
      { name: 'caller', section: 'xdp', insns: [callSubprogram(-3), callSubprogram(-2), exit()] },
    ]
    const linked = link({ programs })
    expect(linked.map(({ insns }) => insns.length / INSN_SIZE)).toEqual([2, 5])
    expect(insnsOf(linked[1]!).slice(0, 2)).toEqual([callSubprogram(2), callSubprogram(-2)])
  })

  it('drops func_info of functions where the program has none, and wants theirs where it has', () => {
    const withInfo = (
      main: ProgramDescription['info'],
      sub: ProgramDescription['info'],
    ): ObjectDescription => ({
      programs: [
        { ...leaf, info: sub ?? 'both' },
        {
          ...programs[2],
          insns: [callSubprogram(-1), exit()],
          relocations: [{ insn: 0, symbol: 'leaf', type: R_BPF_64_32 }],
          info: main ?? 'both',
        },
      ],
    })
    expect(link(withInfo('none', 'both'))[0]).toMatchObject({ funcInfo: undefined, lineInfo: undefined })
    expect(link(withInfo('line', 'both'))[0]).toMatchObject({ funcInfo: undefined, lineInfo: { count: 2 } })
    const error = bpfErrorOf('RELOCATION_MISSING_INFO', () => link(withInfo('both', 'func')))
    expect(error.message).toContain('has line_info for the program')
  })

  it('leaves a call alone that a CO-RE relocation has poisoned', () => {
    const coreRelos = [{ insn: 0, type: 'task', access: '0:1' }]
    const programs = [
      leaf,
      {
        section: 'xdp',
        insns: [callSubprogram(-1), exit()],
        relocations: [{ insn: 0, symbol: 'leaf', type: R_BPF_64_32 }],
        coreRelos,
      },
    ]
    expect(insnsOf(link({ programs, types })[0]!)[0]).toEqual(poison)
  })
})

describe.each(['clang14', 'clang19'])('what %s builds', (clang) => {
  /** The functions that each program of a fixture got. Every call and address must lead to the start of one. */
  function linked(name: string): Readonly<Record<string, readonly string[]>> {
    const appended: Record<string, string[]> = {}
    const file = `test/fixtures/functions/${clang}/${name}.bpf.o`
    const spec = parseObject(readFileSync(file), file)
    const observer = (step: RelocateStep): void => {
      if (step.kind === 'function-appended') (appended[step.program] ??= []).push(step.function)
    }
    for (const program of relocateAll(spec, { targetBtf: smallKernel, observer }).programs) {
      appended[program.name] ??= []
      const starts = offsetsOf(program.funcInfo)
      insnsOf(program).forEach((insn, index) => {
        if (!isSubprogramCall(insn) && !isSubprogramAddress(insn)) return
        expect(starts, `${program.name}: ${index}`).toContain(index + 1 + insn.imm)
      })
    }
    return appended
  }

  it('has subprograms of all kinds, shared by programs', () => {
    expect(linked('calls')).toEqual({
      first: ['first_byte', 'scale', 'count', 'twice', 'parent_tgid'],
      second: ['parent_tgid', 'count', 'first_byte', 'scale', 'twice'],
      third: ['count', 'scale'],
      fourth: [],
    })
  })

  it('has callbacks', () => {
    const { loops, starts_timer: timer } = linked('callbacks')
    expect(loops).toEqual(expect.arrayContaining(['add_index', 'add_value', 'add_one', 'weigh']))
    expect(timer).toEqual(expect.arrayContaining(['on_timer', 'add_one', 'weigh']))
  })

  it('has functions in sections other than .text', () => {
    const { one, two, three } = linked('sections')
    expect(one).toEqual(['called_back', 'not_first', 'shared', 'local'])
    expect(two).toEqual(['in_text', 'not_first', 'shared', 'local'])
    expect(three).toEqual(['one', ...one!])
  })

  it('has weak functions, and the holes that linking leaves for those that are overridden', () => {
    expect(linked('weak')).toEqual({
      uses_both: ['after', 'chosen', 'of_the_default', 'before', 'kept'],
      last: ['kept', 'chosen', 'of_the_default', 'before'],
      overridden: ['chosen', 'of_the_default', 'before'],
    })
  })
})
