import { describe, expect, it } from 'vitest'
import { VOID } from '../../src/base/units.ts'
import { Btf } from '../../src/btf/btf.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import { R_BPF_64_32, R_BPF_64_ABS64 } from '../../src/elf/constants.ts'
import {
  call,
  callKfunc,
  callSubprogram,
  exit,
  loadImm64,
  loadWide,
  movImm,
} from '../../src/insn/assemble.ts'
import { readInsn } from '../../src/insn/insn.ts'
import { BPF_PSEUDO_BTF_ID } from '../../src/insn/opcodes.ts'
import type { ObjectSpec } from '../../src/object/object_spec.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import type { RelocateOptions } from '../../src/relocate/relocate_object.ts'
import type { RelocatedProgram } from '../../src/relocate/relocated_object.ts'
import type { RelocateStep } from '../../src/relocate/steps.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { type ExternObject, writeExternObject } from '../object/extern_object.ts'
import type { ProgramDescription, ProgramRelocation } from '../object/object_writer.ts'
import { relocateAll } from './relocate_all.ts'

function kernel(): Btf {
  const builder = new BtfBuilder()
  const int = builder.addInt('int', 4, { encoding: 'signed' })
  builder.addFunc('bpf_lock', builder.addFuncProto(VOID, []), 'static')
  builder.addVar('runqueues', int, 'global')
  return Btf.parse(builder.finish({ endianness: 'little' }), { name: 'vmlinux' })
}

const vmlinux = kernel()
const lock = vmlinux.find('bpf_lock', 'func')?.id ?? VOID
const runqueues = vmlinux.find('runqueues', 'var')?.id ?? VOID

const externs: ExternObject = {
  kconfig: [
    { name: 'CONFIG_A', type: 'bool', strength: 'weak' },
    { name: 'CONFIG_HZ', type: 'int' },
  ],
  ksyms: [
    { name: 'schedule', type: 'const void' },
    { name: 'runqueues', type: 'int' },
    { name: 'nobody', type: 'int', strength: 'weak' },
    { name: 'somebody', type: 'int' },
  ],
  kfuncs: [{ name: 'bpf_lock' }, { name: 'bpf_none', strength: 'weak' }],
}

const facts: RelocateOptions = {
  targetBtf: () => vmlinux,
  kernelConfig: [() => ({ name: 'config', text: 'CONFIG_HZ=250\n' })],
  kallsyms: () => 'ffffffff81000100 T schedule\n',
}

function specOf(programs: readonly ProgramDescription[], changes: Partial<ExternObject> = {}): ObjectSpec {
  return parseObject(writeExternObject({ ...externs, programs, ...changes }), 'test.bpf.o')
}

/** A program of `r2 = 0`, one that loads an address into r1, a call and an exit, with `relocations`. */
function relocated(relocations: readonly ProgramRelocation[], held = 0n, options = facts): RelocatedProgram {
  const insns = [movImm(2, 0), loadImm64(1, held), callSubprogram(-1), exit()]
  const calls = relocations.some(({ insn }) => insn === 3) ? insns : [...insns.slice(0, 2), exit()]
  const [program] = relocateAll(specOf([{ insns: calls, relocations }]), options).programs
  return program ?? expect.fail('no program')
}

const load = (symbol: string): ProgramRelocation => ({ insn: 1, symbol })
const callOf = (symbol: string): ProgramRelocation => ({ insn: 3, symbol, type: R_BPF_64_32 })
const insnsAt = (program: RelocatedProgram, ...slots: readonly number[]): unknown =>
  slots.map((slot) => readInsn(program.insns, slot as never))

describe('a reference to an extern', () => {
  it('of .kconfig is one to its place in the map, which holds the value', () => {
    const program = relocated([load('CONFIG_HZ')], 1n)
    expect(program.mapReferences).toEqual([{ insn: 1, map: '.kconfig', kind: 'value', offset: 1 }])
    const { maps } = relocateAll(specOf([{}]), facts)
    expect(maps.find(({ name }) => name === '.kconfig')?.contents).toEqual(new Uint8Array([250, 0, 0, 0, 0]))
  })

  it('to an address loads it', () => {
    expect(insnsAt(relocated([load('schedule')]), 1, 2)).toEqual(loadImm64(1, 0xffff_ffff_8100_0100n))
  })

  it('to a variable names its type', () => {
    const program = relocated([load('runqueues')])
    expect(insnsAt(program, 1, 2)).toEqual(loadWide(1, BPF_PSEUDO_BTF_ID, runqueues, 0))
    expect(program.externs).toEqual([
      {
        insn: 1,
        form: 'load',
        extern: 'runqueues',
        resolution: { kind: 'kernel type', id: runqueues, module: undefined, fdIndex: 0 },
      },
    ])
  })

  it('to a function calls it, and its address is asked for as a variable’s', () => {
    const program = relocated([load('bpf_lock'), callOf('bpf_lock')])
    expect(insnsAt(program, 1, 2, 3)).toEqual([
      ...loadWide(1, BPF_PSEUDO_BTF_ID, lock, 0),
      callKfunc(lock, 0),
    ])
  })

  it('to something weak that is missing is null, and a poisoned call', () => {
    const program = relocated([load('bpf_none'), callOf('bpf_none')])
    // The externs are CONFIG_HZ, CONFIG_A, bpf_lock, bpf_none, ...
    expect(insnsAt(program, 1, 2, 3)).toEqual([...loadImm64(1, 0n), call(2_002_000_003)])
    expect(insnsAt(relocated([load('nobody')]), 1, 2)).toEqual(loadImm64(1, 0n))
  })

  it('to something strong that is missing fails the program, with its place', () => {
    const error = bpfErrorOf('RELOCATION_EXTERN_NOT_FOUND', () => relocated([load('somebody')]))
    expect(error.message).toContain(
      'test.bpf.o: cannot relocate instruction 1 of program program: extern somebody',
    )
    expect(error).toMatchObject({ program: 'program', offset: 8 })
  })

  it('of a program that is not loaded costs nothing', () => {
    const spec = specOf([
      { name: 'bad', insns: [loadImm64(1, 0n), exit()], relocations: [{ insn: 0, symbol: 'somebody' }] },
      { name: 'good' },
    ])
    spec.programs.get('bad')!.autoload = false
    const options = { ...facts, targetBtf: () => expect.fail('the types were read') }
    expect(relocateAll(spec, options).programs.map(({ name }) => name)).toEqual(['good'])
  })

  it('reads symbols and types only where something refers to them', () => {
    const options: RelocateOptions = {
      ...facts,
      targetBtf: () => expect.fail('the types were read'),
      kallsyms: () => expect.fail('the symbols were read'),
    }
    expect(relocated([load('CONFIG_HZ')], 0n, options).mapReferences).toHaveLength(1)
    const needsTypes = { ...options, targetBtf: facts.targetBtf }
    expect(relocated([load('runqueues')], 0n, needsTypes).externs).toHaveLength(1)
  })

  it('takes numbers from the kernel that is loaded into, and not from the types that CO-RE goes by', () => {
    const other = Btf.parse(new BtfBuilder().finish({ endianness: 'little' }), { name: 'other' })
    const options = { ...facts, targetBtf: () => other, kernelBtf: () => vmlinux }
    expect(insnsAt(relocated([load('runqueues')], 0n, options), 1)).toMatchObject([{ imm: runqueues }])
  })

  it('lies behind others where the function is appended to a program', () => {
    const spec = specOf([
      {
        name: 'main',
        insns: [callSubprogram(-1), exit()],
        relocations: [{ insn: 0, symbol: 'sub', type: R_BPF_64_32 }],
      },
      {
        name: 'sub',
        section: '.text',
        insns: [callSubprogram(-1), exit()],
        relocations: [{ insn: 0, symbol: 'bpf_lock', type: R_BPF_64_32 }],
      },
    ])
    const [program] = relocateAll(spec, facts).programs
    expect(program?.externs).toMatchObject([{ insn: 2, extern: 'bpf_lock' }])
    expect(program && insnsAt(program, 2)).toEqual([callKfunc(lock, 0)])
  })

  it('is reported: what it stands for once, then each instruction', () => {
    const steps: RelocateStep[] = []
    relocated([load('bpf_lock'), callOf('bpf_lock')], 0n, {
      ...facts,
      observer: (step) => void steps.push(step),
    })
    const resolved = steps.flatMap((step) => (step.kind === 'extern-resolved' ? [step.extern.name] : []))
    expect(resolved).toEqual(['bpf_lock', 'CONFIG_HZ', 'CONFIG_A'])
    expect(steps.filter((step) => step.kind === 'insn-patched')).toMatchObject([
      { insn: 1, why: 'extern' },
      { insn: 3, why: 'extern' },
    ])
  })
})

describe('a reference to an extern that makes no sense', () => {
  it.each([
    ['a call of a variable', callOf('CONFIG_HZ'), 0n, /calls extern CONFIG_HZ, which is no function/],
    [
      'a load that is a call',
      { insn: 3, symbol: 'schedule' },
      0n,
      /neither a call nor a 64-bit immediate load/,
    ],
    ['a load that is a move', { insn: 0, symbol: 'schedule' }, 0n, /neither a call nor/],
    ['a call that is a load', { ...load('bpf_lock'), type: R_BPF_64_32 }, 0n, /neither a call nor/],
    ['data', { ...load('schedule'), type: R_BPF_64_ABS64 }, 0n, /neither a call nor/],
    ['the second half of a load', { insn: 2, symbol: 'schedule' }, 0n, /neither a call nor/],
    ['the middle of an instruction', { insn: 1.5, symbol: 'schedule' }, 0n, /middle of an instruction/],
    ['a place behind the variable', load('CONFIG_HZ'), 4n, /byte 4 of extern CONFIG_HZ/],
    ['a place before the variable', load('CONFIG_HZ'), -1n, /byte -1 of extern CONFIG_HZ/],
    ['a place behind an address', load('schedule'), 8n, /byte 8 of extern schedule/],
  ] as const)('is refused: %s', (_, relocation, held, found) => {
    const error = bpfErrorOf('RELOCATION_BAD_TARGET', () => relocated([relocation], held))
    expect(error.message).toMatch(found)
  })

  it('is refused where the function ends within the load', () => {
    const programs = [{ insns: [exit(), loadImm64(1, 0n)], relocations: [{ insn: 1, symbol: 'schedule' }] }]
    const spec = specOf(programs, { symbolLies: { program: { size: 16n } } })
    bpfErrorOf('RELOCATION_BAD_TARGET', () => relocateAll(spec, facts))
  })

  it('is refused where the object says nothing of the symbol', () => {
    const programs = [{ insns: [loadImm64(1, 0n), exit()], relocations: [{ insn: 0, symbol: 'schedule' }] }]
    const spec = specOf(programs, { debugInfo: 'absent' })
    const error = bpfErrorOf('RELOCATION_UNDEFINED_SYMBOL', () => relocateAll(spec, facts))
    expect(error.message).toContain('schedule is not defined in the object')
    expect(error.message).toContain('clang -g')
  })
})
