import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { byteOffset, fdNumber, insnIndex, typeId } from '../../src/base/units.ts'
import type { CoreResult } from '../../src/core/calculate.ts'
import { parseEnumerator } from '../../src/core/enumerator.ts'
import type { CoreResolution } from '../../src/core/resolution.ts'
import { stepLine } from '../../src/explain/step_line.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import type { LoadStep } from '../../src/loader/steps.ts'
import type { ExternSpec } from '../../src/object/extern_spec.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { enum32, shaped } from '../core/shapes.ts'
import { BpfKernel } from '../loader/bpf_kernel.ts'
import { smallKernel } from '../relocate/small_kernel.ts'

/** Every step of `rawbpf bootstrap -v`, on a kernel that is the same on every machine. */
function bootstrapSteps(): readonly LoadStep[] {
  const steps: LoadStep[] = []
  const observer = (step: LoadStep): void => {
    steps.push(step)
  }
  const spec = parseObject(readFileSync('bpf/bootstrap.bpf.o'), 'bootstrap.bpf.o', observer)
  using object = loadObject(spec, { kernel: new BpfKernel(), targetBtf: smallKernel(), observer })
  object.attach()
  object.openRingBuffer('rb')
  return steps
}

describe('stepLine', () => {
  const steps = bootstrapSteps()

  it('tells the whole load of bootstrap.bpf.o, one line for each step', async () => {
    const text = steps.map((step) => `${stepLine(step)}\n`).join('')
    expect(text.split('\n')).toHaveLength(steps.length + 1)
    await expect(text).toMatchFileSnapshot('../golden/bootstrap-steps.txt')
  })

  const only: Readonly<Record<LoadStep['kind'], 'in the golden text' | 'below'>> = {
    'section-read': 'in the golden text',
    'program-found': 'in the golden text',
    'map-found': 'in the golden text',
    'variable-mended': 'below',
    'target-btf-read': 'below',
    'module-btf-skipped': 'below',
    'modules-not-listed': 'below',
    'function-appended': 'below',
    'function-linked': 'below',
    'map-reference-found': 'in the golden text',
    'program-relocated': 'in the golden text',
    'extern-resolved': 'below',
    'struct-ops-laid-out': 'below',
    'core-resolved': 'in the golden text',
    'insn-patched': 'in the golden text',
    syscall: 'in the golden text',
    'btf-loaded': 'in the golden text',
    'btf-sanitized': 'below',
    'btf-refused': 'below',
    'map-created': 'in the golden text',
    'map-filled': 'in the golden text',
    'map-frozen': 'in the golden text',
    'map-reused': 'below',
    'map-pinned': 'below',
    'map-slot-filled': 'below',
    'program-verified': 'in the golden text',
    'link-made': 'in the golden text',
    'program-left-out': 'below',
    'map-left-out': 'below',
  }

  it('has every kind of step in the golden text but those that are tried below', () => {
    const golden = Object.entries(only).flatMap(([kind, where]) => (where === 'below' ? [] : [kind]))
    expect([...new Set(steps.map(({ kind }) => kind))].sort()).toEqual(golden.sort())
  })

  it('tells where the types of the target were read', () => {
    const step = { kind: 'target-btf-read', name: 'vmlinux', bytes: 5_000_000, typeCount: 150_000 } as const
    expect(stepLine(step)).toBe('btf: types of "vmlinux": 150000 in 5000000 bytes')
  })

  it('tells what a struct_ops map is in the kernel', () => {
    const types = { type: typeId(7), valueType: typeId(9), module: undefined }
    const slots = [{ program: 'on_run', member: 5, offset: 112 }]
    const plan = { map: 'demo', types, value: new Uint8Array(160), slots }
    expect(stepLine({ kind: 'struct-ops-laid-out', plan })).toBe(
      'relocate: struct_ops map "demo" is type 9 of vmlinux, 160 bytes: member 5 is program "on_run"',
    )
    const ofModule = { ...plan, types: { ...types, module: 'demo_mod' }, slots: [] }
    expect(stepLine({ kind: 'struct-ops-laid-out', plan: ofModule })).toBe(
      'relocate: struct_ops map "demo" is type 9 of module "demo_mod", 160 bytes: no programs',
    )
  })

  it('tells which modules are not searched', () => {
    expect(stepLine({ kind: 'module-btf-skipped', module: 'nf_nat', reason: 'cut off' })).toBe(
      'btf: warning: the types of module "nf_nat" cannot be used: cut off',
    )
    expect(stepLine({ kind: 'modules-not-listed', reason: 'EPERM' })).toBe(
      "btf: warning: the types of the kernel's modules are not searched: EPERM",
    )
  })

  it('tells what became of types that the kernel does not take', () => {
    const object = 'a.bpf.o'
    const variable = { name: 'state.0', section: '.bss', size: 8, typeSize: 32 }
    expect(stepLine({ kind: 'variable-mended', object, variable })).toBe(
      'object: variable "state.0" of ".bss" is 8 bytes of one whose type has 32: its type is made 8 bytes',
    )
    expect(stepLine({ kind: 'btf-sanitized', object, lacking: ['floats', 'enum64'] })).toBe(
      'load: the kernel does not know floats, enum64 in BTF: it gets the types of "a.bpf.o" without',
    )
    expect(stepLine({ kind: 'btf-refused', object, reason: 'Invalid \u001b[1m name (EINVAL)' })).toBe(
      'load: warning: "a.bpf.o" is loaded without its types, the kernel refused them: Invalid \\u001b[1m name (EINVAL)',
    )
  })

  it.each([
    [
      'kconfig',
      { kind: 'value', source: '/proc/config.gz, line 7', text: 'y', bytes: new Uint8Array([1]) },
      '"x" is y (/proc/config.gz, line 7)',
    ],
    ['ksym', { kind: 'address', address: 0xffff_ffff_8100_0000n }, '"x" is at 0xffffffff81000000'],
    [
      'kfunc',
      { kind: 'kernel type', id: typeId(42), module: undefined, fdIndex: 0 },
      '"x" is function 42 of "vmlinux"',
    ],
    ['ksym', { kind: 'kernel type', id: typeId(42), module: 'nf', fdIndex: 0 }, '"x" is variable 42 of "nf"'],
    ['kfunc', { kind: 'missing' }, '"x" is weak and not there: calls of it are poisoned'],
    ['ksym', { kind: 'missing' }, '"x" is weak and not there: its address is 0'],
    ['kconfig', { kind: 'missing' }, '"x" is weak and not there: it is 0'],
  ] as const)('tells what an extern of kind %s stands for', (kind, resolution, text) => {
    const common = { name: 'x', weak: true, type: typeId(1) }
    const extern: ExternSpec =
      kind === 'kconfig'
        ? { ...common, kind, holds: { kind: 'bool' }, size: 1, offset: byteOffset(0) }
        : { ...common, kind }
    expect(stepLine({ kind: 'extern-resolved', extern, resolution })).toBe(`extern: ${text}`)
  })

  it('tells where a function was copied to, and who refers to it', () => {
    const appended = { kind: 'function-appended', program: 'main', function: 'f', insnCount: 4 } as const
    expect(stepLine({ ...appended, start: insnIndex(9) })).toBe(
      'link: function "f" (4 instructions) is copied to instruction 9 of program "main"',
    )
    const linked = { kind: 'function-linked', program: 'main', function: 'f', start: insnIndex(9) } as const
    expect(stepLine({ ...linked, insn: insnIndex(2), reference: 'call' })).toBe(
      'link: main: instruction 2 calls function "f" at instruction 9',
    )
    expect(stepLine({ ...linked, insn: insnIndex(2), reference: 'address' })).toBe(
      'link: main: instruction 2 takes the address of function "f" at instruction 9',
    )
  })

  it('tells what is left out and the first line of why, which may hold anything', () => {
    const why = 'x.o: the verifier refused\u001b program p\n  instruction 3: exit'
    expect(stepLine({ kind: 'program-left-out', program: 'p', why })).toBe(
      'load: program "p" is left out: x.o: the verifier refused\\u001b program p',
    )
    expect(stepLine({ kind: 'map-left-out', map: 'm', why: 'no' })).toBe('load: map "m" is left out: no')
  })

  it('tells where a map is pinned, and what its slots hold', () => {
    const path = '/sys/fs/bpf/counts'
    const target = { kind: 'program', name: 'tail' } as const
    const told: readonly LoadStep[] = [
      { kind: 'map-reused', map: 'counts', path, fd: fdNumber(7) },
      { kind: 'map-pinned', map: 'counts', path },
      { kind: 'map-slot-filled', map: 'jumps', slot: { index: 3, target } },
    ]
    expect(told.map(stepLine)).toEqual([
      'load: map "counts" is the one pinned at "/sys/fs/bpf/counts", fd 7',
      'load: map "counts" is pinned at "/sys/fs/bpf/counts"',
      'load: slot 3 of map "jumps" holds program "tail"',
    ])
  })

  it('tells the errno of a call that failed', () => {
    const step: LoadStep = {
      kind: 'syscall',
      syscall: 'openat',
      command: undefined,
      arguments: { path: '/sys/kernel/tracing/events', flags: 0 },
      attrSize: undefined,
      attr: undefined,
      outcome: { kind: 'failed', errno: 2, errnoName: 'ENOENT' },
    }
    expect(stepLine(step)).toBe('syscall: openat(path="/sys/kernel/tracing/events", flags=0) = -1 ENOENT')
  })

  it('tells how a program was attached without a link', () => {
    const step = { kind: 'link-made', program: 'main', target: 'tracepoint a/b', how: 'perf-ioctl' } as const
    expect(stepLine(step)).toBe('attach: program "main" runs on tracepoint a/b (by ioctl on the perf event)')
  })

  it('tells that a field was not found', () => {
    const resolved = steps.find((step) => step.kind === 'core-resolved')
    if (resolved?.kind !== 'core-resolved') return expect.fail('no CO-RE step')
    const absent = { candidates: [], target: undefined, result: { kind: 'poison' } } as const
    const step = { ...resolved, resolution: { ...resolved.resolution, ...absent } }
    expect(stepLine(step)).toMatch(/: found in 0 of 0 candidates, so it is poisoned$/)
  })

  describe('of CO-RE', () => {
    const resolved = steps.find((step) => step.kind === 'core-resolved') ?? expect.fail('no CO-RE step')
    const candidate = shaped(enum32('color', 'RED', 'GREEN'))
    const enumerator = parseEnumerator(candidate.btf, candidate.id, '1')
    const value = (expected: bigint | undefined, number: bigint): CoreResult => ({
      kind: 'value',
      expected,
      value: number,
      memory: { kind: 'unchanged' },
    })
    const line = (resolution: CoreResolution): string =>
      stepLine({ ...resolved, resolution }).replace(/^.* asks for /, '')

    it('tells the value of an enumerator', () => {
      const found = { candidate, match: enumerator }
      const answer = { candidates: [found], target: enumerator, result: value(1n, 5n) }
      expect(line({ family: 'enumerator', kind: 'enumval_value', local: enumerator, ...answer })).toBe(
        `enumval_value of enumerator GREEN of enum color: 1 in the object's types, 5 in the target's ` +
          `(type ${candidate.id}, GREEN); found in 1 of 1 candidates`,
      )
    })

    it('tells that a type is not there', () => {
      const answer = {
        candidates: [{ candidate, match: undefined }],
        target: undefined,
        result: value(1n, 0n),
      }
      expect(line({ family: 'type', kind: 'type_matches', local: candidate, ...answer })).toBe(
        "type_matches of type enum color: 1 in the object's types, 0 in the target's; found in 0 of 1 candidates",
      )
    })

    it('tells the id of a local type, which no target has to do with', () => {
      const answer = { candidates: [], target: undefined, result: value(undefined, 9n) }
      expect(line({ family: 'type', kind: 'type_id_local', local: candidate, ...answer })).toBe(
        "type_id_local of type enum color: 9 in the object's types",
      )
    })

    it('lets no name of a type break the line', () => {
      const local = shaped(enum32('a\nb'))
      const answer = { candidates: [], target: undefined, result: value(1n, 0n) }
      expect(line({ family: 'type', kind: 'type_exists', local, ...answer })).toContain(
        'type enum a\\u000ab: ',
      )
    })
  })

  it('lets no name break the line or talk to the terminal', () => {
    const step = { kind: 'map-frozen', map: 'a\nb\u001b[31m\u009b1m' } as const
    expect(stepLine(step)).toContain('map "a\\nb\\u001b[31m\\u009b1m" is frozen')
  })
})
