import { describe, expect, it } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import { R_BPF_64_32 } from '../../src/elf/constants.ts'
import { callSubprogram, exit, loadImm64, movImm } from '../../src/insn/assemble.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { loadObject, type LoadOptions } from '../../src/loader/load_object.ts'
import type { LoadedObject } from '../../src/loader/loaded_object.ts'
import { ProgramsError } from '../../src/loader/programs_error.ts'
import type { LoadStep } from '../../src/loader/steps.ts'
import { VerifierError } from '../../src/loader/verifier_error.ts'
import type { ObjectSpec } from '../../src/object/object_spec.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { failingKernel } from '../kernel/failing_kernel.ts'
import { recordingKernel, type RecordingKernel } from '../kernel/recording_kernel.ts'
import { bpfTest } from '../kernel/require.ts'
import type { MapDescription, ObjectDescription, ProgramDescription } from '../object/object_writer.ts'
import { BpfKernel, fail, nameIn, PROG_NAME, refusing, refusingMap } from './bpf_kernel.ts'
import { smallSpec } from './small_object.ts'

const array = { uints: { type: 2, max_entries: 1 }, types: { key: 'u32', value: 'u64' } }

function using(name: string, ...maps: readonly string[]): ProgramDescription {
  const loads = maps.map((_, index) => loadImm64(index + 1, 0n))
  const relocations = maps.map((symbol, index) => ({ insn: index * 2, symbol }))
  return { name, section: 'socket', insns: [...loads, movImm(0, 0), exit()], relocations }
}

const unknownSection: ProgramDescription = { name: 'lost', section: 'no/such' }

/** Programs `one`, which uses maps `a` and `b`, `two`, which uses `b`, and `three`, which uses none; map `c` is nobody's. */
const description: Partial<ObjectDescription> = {
  programs: [using('one', 'a', 'b'), using('two', 'b'), using('three')],
  maps: ['a', 'b', 'c'].map((name): MapDescription => ({ name, ...array })),
  data: {},
}

function specOf(changes: Partial<ObjectDescription> = {}): ObjectSpec {
  return smallSpec({ ...description, ...changes })
}

function names(object: LoadedObject): readonly (readonly string[])[] {
  return [[...object.programs.keys()], [...object.failures.keys()], [...object.mapFailures.keys()]]
}

/** A kernel that refuses some programs by name, for one reason each. */
function refusingPrograms(errnos: Readonly<Record<string, number>>): BpfKernel {
  const kernel = new BpfKernel()
  kernel.answers.BPF_PROG_LOAD = (attr) => {
    const errno = errnos[nameIn(attr, PROG_NAME)]
    return errno === undefined ? undefined : fail('bpf', 'BPF_PROG_LOAD', errno)
  }
  return kernel
}

describe('a program that fails', () => {
  it('throws what it failed with where it is the only one, and the others were tried', () => {
    const kernel = new BpfKernel()
    kernel.answers.BPF_PROG_LOAD = refusing('R0 !read_ok\nprocessed 1 insns\n', 13)
    const recording = recordingKernel(kernel)
    const error = bpfErrorOf('VERIFIER_REJECTED', () => loadObject(specOf(), { kernel: recording.kernel }))
    expect(error).toBeInstanceOf(VerifierError)
    expect(error.program).toBe('one')
    expect(kernel.programs).toHaveLength(2)
    expect(kernel.descriptors.size).toBe(0)
  })

  it('is left out where it is optional, and the object says why', () => {
    const kernel = refusingPrograms({ two: 22 })
    const steps: LoadStep[] = []
    const observer = (step: LoadStep): void => {
      steps.push(step)
    }
    using object = loadObject(specOf(), { kernel, optional: ['two'], observer })
    expect(names(object)).toEqual([['one', 'three'], ['two'], []])
    expect(object.failures.get('two')).toMatchObject({ code: 'LOAD_PROGRAM_REFUSED', program: 'two' })
    const why = object.failures.get('two')?.message
    expect(steps).toContainEqual({ kind: 'program-left-out', program: 'two', why })
    const error = bpfErrorOf('LOAD_LEFT_OUT', () => object.program('two'))
    expect(error.message).toBe(`dir/small.bpf.o: program two was left out of the load: ${why}`)
    expect(error).toMatchObject({ program: 'two', cause: object.failures.get('two') })
    expect(object.program('one').name).toBe('one')
    expect(object.attach()).toEqual([])
  })

  it('is left out whichever it is where all are optional', () => {
    const kernel = refusingPrograms({ one: 22, two: 22, three: 22 })
    using object = loadObject(specOf({ programs: [...description.programs!, unknownSection] }), {
      kernel,
      optional: 'all',
    })
    expect(names(object)).toEqual([[], ['lost', 'one', 'two', 'three'], []])
  })

  it('is one of several that a single error lists, whatever stage each failed in', () => {
    const programs = [
      using('one', 'a'),
      unknownSection,
      { name: 'two', section: 'tp_btf' },
      { name: 'three', section: 'freplace/f' },
      { name: 'four', section: 'xdp', insns: [callSubprogram(9), exit()] },
      using('five', 'b'),
      using('six', 'b'),
      using('fine'),
    ]
    const kernel = refusingPrograms({ one: 22 })
    kernel.answers.BPF_MAP_CREATE = refusingMap('b', 22)
    const error = bpfErrorOf('LOAD_PROGRAMS_FAILED', () =>
      loadObject(specOf({ programs, maps: description.maps! }), { kernel }),
    )
    expect(error).toBeInstanceOf(ProgramsError)
    const failures = error instanceof ProgramsError ? error.failures : []
    expect(failures.map(({ program, error: { code } }) => [program, code])).toEqual([
      ['lost', 'RELOCATION_UNKNOWN_PROGRAM_TYPE'],
      ['four', 'RELOCATION_BAD_TARGET'],
      ['one', 'LOAD_PROGRAM_REFUSED'],
      ['five', 'LOAD_MAP_REFUSED'],
      ['six', 'LOAD_MAP_REFUSED'],
      ['two', 'LOAD_ATTACH_TARGET_NOT_FOUND'],
      ['three', 'LOAD_ATTACH_TARGET_NOT_FOUND'],
    ])
    expect(error.message).toMatch(
      /^dir\/small\.bpf\.o: cannot load 7 of 8 programs; what is not needed can be left out/,
    )
    expect(error.message).toContain(
      '\n\n  five and six: cannot create map b: bpf(BPF_MAP_CREATE) failed with EINVAL',
    )
    expect(error.message).not.toContain('fine')
    expect(kernel.descriptors.size).toBe(0)
  })

  it('keeps the kernel from being asked where there is no other', () => {
    const recording = recordingKernel(new BpfKernel())
    const spec = specOf({ programs: [unknownSection] })
    bpfErrorOf('RELOCATION_UNKNOWN_PROGRAM_TYPE', () => loadObject(spec, { kernel: recording.kernel }))
    expect(recording.calls).toEqual([])
  })

  it('leaves its slot of a prog array empty', () => {
    const jumps: MapDescription = {
      name: 'jumps',
      uints: { type: 3, max_entries: 4, key_size: 4 },
      values: 'functions',
      slots: { 0: 'one', 1: 'two', 2: 'lost' },
    }
    const changes = {
      programs: [...description.programs!, unknownSection],
      maps: [...description.maps!, jumps],
    }
    const steps: LoadStep[] = []
    using object = loadObject(specOf(changes), {
      kernel: refusingPrograms({ two: 22 }),
      optional: ['two', 'lost'],
      observer: (step) => steps.push(step),
    })
    const filled = steps.flatMap((step) => (step.kind === 'map-slot-filled' ? [step.slot.index] : []))
    expect([filled, object.maps.has('jumps')]).toEqual([[0], true])
  })

  it('keeps the others out of prog arrays, which may be pinned and in use, where the load fails for it', () => {
    const jumps: MapDescription = {
      name: 'jumps',
      uints: { type: 3, max_entries: 4, key_size: 4 },
      values: 'functions',
      slots: { 0: 'one' },
    }
    const recording = recordingKernel(refusingPrograms({ two: 22 }))
    const spec = specOf({ maps: [...description.maps!, jumps] })
    bpfErrorOf('LOAD_PROGRAM_REFUSED', () => loadObject(spec, { kernel: recording.kernel }))
    expect(recording.names()).not.toContain('BPF_MAP_UPDATE_ELEM')
  })

  it('is one that the kernel does not let into its slot, and it is unloaded', () => {
    const jumps: MapDescription = {
      name: 'jumps',
      uints: { type: 3, max_entries: 4, key_size: 4 },
      values: 'functions',
      slots: { 0: 'one', 1: 'two' },
    }
    const load = (options: Partial<LoadOptions>): [BpfKernel, () => LoadedObject] => {
      const kernel = new BpfKernel()
      let updates = 0
      kernel.answers.BPF_MAP_UPDATE_ELEM = () =>
        ++updates === 1 ? fail('bpf', 'BPF_MAP_UPDATE_ELEM', 22) : undefined
      return [
        kernel,
        () => loadObject(specOf({ maps: [...description.maps!, jumps] }), { kernel, ...options }),
      ]
    }
    const [kernel, loadOptional] = load({ optional: ['one'] })
    const object = loadOptional()
    expect(names(object)).toEqual([['two', 'three'], ['one'], []])
    expect(object.failures.get('one')?.message).toContain('cannot put program one into slot 0 of map jumps')
    object.close()
    expect(kernel.descriptors.size).toBe(0)
    const [other, loadAll] = load({})
    bpfErrorOf('LOAD_MAP_REFUSED', loadAll)
    expect(other.descriptors.size).toBe(0)
  })
})

describe('a map that fails', () => {
  const without = (map: string): BpfKernel => {
    const kernel = new BpfKernel()
    kernel.answers.BPF_MAP_CREATE = refusingMap(map, 22)
    return kernel
  }

  it('costs the programs that refer to it', () => {
    using object = loadObject(specOf(), { kernel: without('b'), optional: ['one', 'two'] })
    expect(names(object)).toEqual([['three'], ['one', 'two'], ['b']])
    expect(object.failures.get('one')).toBe(object.failures.get('two'))
    expect(object.failures.get('one')?.message).toMatch(
      /cannot create map b: .*; programs one and two refer to it$/,
    )
    expect(object.mapFailures.get('b')).toMatchObject({ code: 'LOAD_MAP_REFUSED', map: 'b' })
    expect(bpfErrorOf('LOAD_LEFT_OUT', () => object.openRingBuffer('b')).message).toContain(
      'map b was left out',
    )
    expect(object.map('a').name).toBe('a')
    bpfErrorOf('OBJECT_UNKNOWN_NAME', () => object.map('z'))
  })

  it('is an error of the load for the programs that need it, one for all of them', () => {
    const error = bpfErrorOf('LOAD_MAP_REFUSED', () => loadObject(specOf(), { kernel: without('b') }))
    expect(error).toMatchObject({ map: 'b', program: undefined, cause: { errnoName: 'EINVAL' } })
    const one = bpfErrorOf('LOAD_MAP_REFUSED', () => loadObject(specOf(), { kernel: without('a') }))
    expect(one).toMatchObject({ map: 'a', program: 'one' })
  })

  it('that no program refers to is an error of the load, unless everything is optional', () => {
    const optional = ['one', 'two', 'three']
    const error = bpfErrorOf('LOAD_MAP_REFUSED', () =>
      loadObject(specOf(), { kernel: without('c'), optional }),
    )
    expect(error).toMatchObject({ map: 'c' })
    const steps: LoadStep[] = []
    const observer = (step: LoadStep): void => {
      steps.push(step)
    }
    using object = loadObject(specOf(), { kernel: without('c'), optional: 'all', observer })
    expect(names(object)).toEqual([['one', 'two', 'three'], [], ['c']])
    const why = object.mapFailures.get('c')?.message
    expect(steps).toContainEqual({ kind: 'map-left-out', map: 'c', why })
  })

  it('is closed again where it was made and could not be filled', () => {
    const kernel = new BpfKernel()
    kernel.answers.BPF_MAP_UPDATE_ELEM = () => fail('bpf', 'BPF_MAP_UPDATE_ELEM', 22)
    const data = { '.data': [{ name: 'value', type: 'u64' }] }
    const object = loadObject(specOf({ data }), { kernel, optional: 'all' })
    expect(names(object)).toEqual([['one', 'two', 'three'], [], ['.data']])
    expect(kernel.descriptors.size).toBe(1 + 3 + 3)
    object.close()
    expect(kernel.descriptors.size).toBe(0)
  })

  it('takes the maps that hold it along, and the programs that refer to those', () => {
    const outer: MapDescription = {
      name: 'outer',
      uints: { type: 12, max_entries: 4 },
      types: { key: 'u32' },
      values: array,
      slots: { 1: 'a' },
    }
    const changes = { programs: [using('one', 'outer'), using('two')], maps: [outer, ...description.maps!] }
    using object = loadObject(specOf(changes), { kernel: without('a'), optional: ['one'] })
    expect(names(object)).toEqual([['two'], ['one'], ['a', 'outer']])
    expect(object.failures.get('one')?.message).toContain(
      'cannot fill slot 1 of map outer: map a is not there: dir/small.bpf.o: cannot create map a: bpf(',
    )
    bpfErrorOf('LOAD_SLOT_TARGET_MISSING', () => loadObject(specOf(changes), { kernel: without('a') }))
  })

  it('for want of memory may just be too large', () => {
    const kernel = new BpfKernel()
    kernel.answers.BPF_MAP_CREATE = refusingMap('a', 12)
    using object = loadObject(specOf(), { kernel, optional: ['one'] })
    expect(names(object)).toEqual([['two', 'three'], ['one'], ['a']])
  })
})

describe('what fails a load as a whole', () => {
  it.each([
    ['no more descriptors', 24, 'LOAD_PROGRAM_REFUSED'],
    ['no memory', 12, 'LOAD_PROGRAM_REFUSED'],
  ])('is %s, at the first program, whatever is optional', (_, errno, code) => {
    const kernel = refusingPrograms({ one: errno, two: errno, three: errno })
    const recording = recordingKernel(kernel)
    bpfErrorOf(code, () => loadObject(specOf(), { kernel: recording.kernel, optional: 'all' }))
    expect(recording.names().filter((name) => name === 'BPF_PROG_LOAD')).toHaveLength(1)
    expect(kernel.descriptors.size).toBe(0)
  })

  it('is a kernel without BTF, where a program is attached by it', () => {
    const programs = ['f', 'g'].map((name) => ({ name, section: `fentry/${name}` }))
    const kernel = new BpfKernel()
    bpfErrorOf('NO_KERNEL_BTF', () => loadObject(specOf({ programs }), { kernel, optional: 'all' }))
    expect(kernel.descriptors.size).toBe(0)
  })
})

describe('the option optional', () => {
  it('refuses a name that no program has, and lists those there are', () => {
    const recording = recordingKernel(new BpfKernel())
    const error = bpfErrorOf('OBJECT_UNKNOWN_NAME', () =>
      loadObject(specOf(), { kernel: recording.kernel, optional: ['one', 'ones'] }),
    )
    expect(error.message).toBe(
      'dir/small.bpf.o: cannot make program ones optional: there is none of that name; there are one, two, three',
    )
    expect(recording.calls).toEqual([])
  })

  it('may name programs whose autoload is off', () => {
    const spec = specOf()
    spec.programs.get('two')!.autoload = false
    using object = loadObject(spec, { kernel: new BpfKernel(), optional: ['two'] })
    expect(names(object)).toEqual([['one', 'three'], [], []])
    const error = bpfErrorOf('OBJECT_UNKNOWN_NAME', () => object.program('two'))
    expect(error.message).toContain('has no program two; it has one, three')
  })
})

/** Nothing is open any more, and nothing was closed that was not open. */
function expectNothingLeft(recording: RecordingKernel): void {
  expect([...recording.openDescriptors()]).toEqual([])
  expect(
    recording.calls.filter(({ syscall, outcome }) => syscall === 'close' && outcome.kind === 'failed'),
  ).toEqual([])
}

describe('the Nth call of a load of three programs that fails', () => {
  const shared = { name: 'shared', section: '.text' }
  const caller = {
    name: 'three',
    section: 'socket',
    insns: [callSubprogram(-1), exit()],
    relocations: [{ insn: 0, symbol: 'shared', type: R_BPF_64_32 }],
  }
  const outer: MapDescription = {
    name: 'outer',
    uints: { type: 12, max_entries: 4 },
    types: { key: 'u32' },
    values: array,
    slots: { 1: 'a' },
  }
  const jumps: MapDescription = {
    name: 'jumps',
    uints: { type: 3, max_entries: 4, key_size: 4 },
    values: 'functions',
    slots: { 1: 'two', 2: 'three' },
  }
  const spec = specOf({
    programs: [shared, using('one', 'a', 'value'), using('two', 'outer', 'jumps'), caller],
    maps: [outer, jumps, ...description.maps!],
    data: {
      '.rodata': [{ name: 'limit', type: 'u64' }],
      '.data': [{ name: 'value', type: 'u64' }],
    },
  })
  const errnos = { EPERM: 1, EAGAIN: 11, ENOMEM: 12, EACCES: 13, EBUSY: 16, EINVAL: 22, EMFILE: 24, E2BIG: 7 }
  const whole = recordingKernel(new BpfKernel())
  loadObject(spec, { kernel: whole.kernel }).close()
  const calls = whole.calls.filter(({ syscall }) => syscall !== 'close').length

  it('is any of more than twenty', () => {
    expect(calls).toBeGreaterThan(20)
    expectNothingLeft(whole)
  })

  const cases = Object.entries(errnos).flatMap(([errnoName, errno]) =>
    [undefined, ['one'], 'all' as const].map((optional) => ({ errnoName, errno, optional })),
  )
  it.each(cases)(
    'with $errnoName leaves nothing open, where $optional is optional',
    ({ errno, optional = [] }) => {
      for (let nth = 1; nth <= calls; nth++) {
        const recording = recordingKernel(failingKernel(new BpfKernel(), { nth, errno }))
        try {
          using object = loadObject(spec, { kernel: recording.kernel, optional })
          const [loaded = [], failed = []] = names(object)
          expect([...loaded, ...failed].sort()).toEqual(['one', 'three', 'two'])
          if (optional !== 'all') expect(optional).toEqual(expect.arrayContaining([...failed]))
          for (const error of [...object.failures.values(), ...object.mapFailures.values()])
            expect(error.message).toMatch(/small\.bpf\.o|permitted/)
        } catch (error) {
          expect(error).toBeInstanceOf(BpfError)
        }
        expectNothingLeft(recording)
      }
    },
  )
})

bpfTest('the real kernel takes what is left of an object', () => {
  const bad = { name: 'bad', section: 'socket', insns: [exit()] }
  const odd: MapDescription = { name: 'odd', uints: { type: 9999, max_entries: 1 } }
  const programs = [
    using('one', 'a'),
    bad,
    unknownSection,
    using('two', 'odd'),
    { name: 'gone', section: 'tp_btf/gone' },
  ]
  const spec = specOf({ programs, maps: [...description.maps!, odd] })
  using object = loadObject(spec, { kernel: openKernel(), optional: ['bad', 'lost', 'two', 'gone'] })
  expect([...object.failures].map(([name, { code }]) => [name, code])).toEqual([
    ['lost', 'RELOCATION_UNKNOWN_PROGRAM_TYPE'],
    ['bad', 'VERIFIER_REJECTED'],
    ['two', 'LOAD_MAP_REFUSED'],
    ['gone', 'LOAD_ATTACH_TARGET_NOT_FOUND'],
  ])
  expect([...object.programs.keys()]).toEqual(['one'])
  expect(object.program('one').testRun({ dataIn: new Uint8Array(14) }).retval).toBe(0)
})
