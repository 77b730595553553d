import { describe, expect, it } from 'vitest'
import { Btf } from '../../src/btf/btf.ts'
import type { BtfFeature } from '../../src/btf/sanitize.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import type { LoadStep } from '../../src/loader/steps.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { unexpectedFailures } from '../kernel/features.ts'
import { bpfTest } from '../kernel/require.ts'
import { BpfKernel, bufferOf, refuse, u32, fail } from './bpf_kernel.ts'
import { kernelWithout, refuseFeatures } from './old_btf.ts'
import { smallSpec } from './small_object.ts'

/** `prog_btf_fd` in `union bpf_attr` of BPF_PROG_LOAD. */
const PROG_BTF_FD = 72

/** What a kernel without these features is given, and what is told of it. */
function loadWithout(...lacking: readonly BtfFeature[]): {
  readonly kernel: BpfKernel
  readonly steps: readonly LoadStep[]
  readonly taken: readonly Uint8Array[]
  readonly typedPrograms: number
} {
  const kernel = new BpfKernel()
  const taken: Uint8Array[] = []
  kernel.answers.BPF_BTF_LOAD = (attr) => {
    refuseFeatures(attr, lacking)
    taken.push(bufferOf(attr, 'btf').slice())
    return kernel.usually('BPF_BTF_LOAD', attr)
  }
  let typedPrograms = 0
  kernel.answers.BPF_PROG_LOAD = (attr) => {
    if (u32(attr, PROG_BTF_FD) !== 0) typedPrograms++
    return kernel.usually('BPF_PROG_LOAD', attr)
  }
  const steps: LoadStep[] = []
  loadObject(smallSpec(), { kernel, observer: (step) => steps.push(step) }).close()
  return { kernel, steps, taken, typedPrograms }
}

function refusing(log: string, errno: number): BpfKernel {
  const kernel = new BpfKernel()
  kernel.answers.BPF_BTF_LOAD = (attr) => {
    const buffer = attr.pointers.find(({ field }) => field === 'btf_log_buf')?.target
    buffer?.set(new TextEncoder().encode(log))
    fail('bpf', 'BPF_BTF_LOAD', errno)
  }
  return kernel
}

function refusal(kernel: BpfKernel): Extract<LoadStep, { kind: 'btf-refused' }> | undefined {
  const steps: LoadStep[] = []
  loadObject(smallSpec(), { kernel, observer: (step) => steps.push(step) }).close()
  expect(kernel.descriptors.size).toBe(0)
  return steps.find((step) => step.kind === 'btf-refused')
}

describe("the object's BTF", () => {
  it('is loaded as it is, in one call, and a step says how large it is', () => {
    const { steps, taken, typedPrograms } = loadWithout()
    const spec = smallSpec()
    expect(taken).toEqual([spec.btf?.bytes])
    expect(typedPrograms).toBe(2)
    expect(steps.filter(({ kind }) => kind.startsWith('btf-'))).toEqual([
      { kind: 'btf-loaded', object: 'dir/small.bpf.o', bytes: taken[0]?.length, fd: 100 },
    ])
  })

  it('is loaded without what the kernel lacks, and only features that it uses are asked for', () => {
    const { steps, taken, typedPrograms, kernel } = loadWithout('global functions', 'type tags', 'layout')
    expect(steps).toContainEqual({
      kind: 'btf-sanitized',
      object: 'dir/small.bpf.o',
      lacking: ['global functions'],
    })
    // Probes that were answered (functions, datasecs), then the object's.
    const last = Btf.parse(taken.at(-1) ?? new Uint8Array(), { name: 'taken' })
    expect(taken).toHaveLength(3)
    expect(last.find('on_exec', 'func')).toMatchObject({ linkage: 'static' })
    expect(smallSpec().btf?.find('on_exec', 'func')).toMatchObject({ linkage: 'global' })
    expect(typedPrograms).toBe(2)
    expect(kernel.descriptors.size).toBe(0)
  })

  it('has no functions that programs could refer to where the kernel knows none in BTF', () => {
    const { steps, typedPrograms } = loadWithout('functions', 'global functions', 'datasecs')
    expect(steps.map(({ kind }) => kind)).toContain('btf-loaded')
    expect(typedPrograms).toBe(0)
  })

  it("that is refused is a warning with the end of the kernel's log, and the object is loaded without", () => {
    const log = '[1] INT int\n\tfloating type_id=0 bits_offset=0 Invalid type_id\n'
    expect(refusal(refusing(log, 22))).toEqual({
      kind: 'btf-refused',
      object: 'dir/small.bpf.o',
      reason: 'floating type_id=0 bits_offset=0 Invalid type_id (EINVAL)',
    })
  })

  it.each([
    ['ENOMEM', 12],
    ['EPERM', 1],
    ['EMFILE', 24],
  ])('that is refused without a word for %s is such a warning too', (name, errno) => {
    const step = refusal(refusing('', errno))
    expect(step?.reason).toContain(`bpf(BPF_BTF_LOAD) failed with ${name}`)
  })

  it('that is refused fails the load of an object with struct_ops', () => {
    const spec = smallSpec({ programs: [{ name: 'init', section: 'struct_ops/init' }] })
    const error = bpfErrorOf('LOAD_BTF_REFUSED', () =>
      loadObject(spec, { kernel: refusing('bad type\n', 22) }),
    )
    expect(error.message).toBe(
      "dir/small.bpf.o: the kernel refused the object's BTF, which struct_ops cannot do without: bad type (EINVAL)",
    )
    expect(error).toMatchObject({ section: '.BTF', cause: { errnoName: 'EINVAL' } })
    const forbidden = new BpfKernel()
    forbidden.answers.BPF_BTF_LOAD = refuse('BPF_BTF_LOAD', 1)
    bpfErrorOf('NOT_PERMITTED', () => loadObject(spec, { kernel: forbidden }))
  })

  const features: readonly BtfFeature[] = ['functions', 'datasecs', 'global functions']
  for (const [index, feature] of features.entries()) {
    bpfTest(`is taken by the kernel without ${feature}, with maps and programs`, () => {
      const steps: LoadStep[] = []
      const kernel = kernelWithout(openKernel(), features.slice(index))
      loadObject(smallSpec(), { kernel, observer: (step) => steps.push(step) }).close()
      expect(steps.map(({ kind }) => kind)).toContain('btf-sanitized')
      const loads = steps
        .filter((step) => step.kind === 'syscall')
        .filter(({ command }) => command === 'BPF_PROG_LOAD')
      expect(unexpectedFailures(loads)).toEqual([])
    })
  }
})
