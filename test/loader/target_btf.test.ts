import { describe, expect, it } from 'vitest'
import { typeId } from '../../src/base/units.ts'
import type { Btf } from '../../src/btf/btf.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import { btfInfo, loadBtf, nextBtfId, openBtfById } from '../../src/kernel/bpf_calls.ts'
import { declareWrapper } from '../../src/kernel/identity.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import type { LoadStep } from '../../src/loader/steps.ts'
import { openModuleBtf, runningKernelBtf, runningModuleBtfs } from '../../src/loader/target_btf.ts'
import { exit, movImm } from '../../src/insn/assemble.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { at } from '../core/members.ts'
import { FakeKernel } from '../kernel/fake_kernel.ts'
import { recordingKernel } from '../kernel/recording_kernel.ts'
import { featureTest, kernelBtfTest } from '../kernel/require.ts'
import { writeObject } from '../object/object_writer.ts'
import { smallKernel } from '../relocate/small_kernel.ts'
import { BpfKernel, refuse } from './bpf_kernel.ts'
import { type FakeBtf, haveBtfs } from './kernel_modules.ts'

describe('runningKernelBtf', () => {
  kernelBtfTest('is indexed once, also through a wrapper of the same kernel, and reported each time', () => {
    const kernel = openKernel()
    const steps: LoadStep[] = []
    const first = runningKernelBtf(kernel, (step) => steps.push(step))
    const second = runningKernelBtf(recordingKernel(kernel).kernel, (step) => steps.push(step))
    expect(second).toBe(first)
    expect(first.find('task_struct', 'struct')).toBeDefined()
    expect(steps.map(({ kind }) => kind)).toEqual(['target-btf-read', 'target-btf-read'])
  })

  kernelBtfTest("is not another kernel's", () => {
    runningKernelBtf(openKernel(), undefined)
    bpfErrorOf('NO_KERNEL_BTF', () => runningKernelBtf(new FakeKernel(), undefined))
  })
})

const vmlinux = smallKernel()

/** A struct `conn` with an int of vmlinux's at byte `offset`. */
function moduleBytes(offset: number, struct = 'conn'): Uint8Array {
  const builder = new BtfBuilder({ base: vmlinux })
  builder.addStruct(struct, 64, [at(offset, 'mark', typeId(1))])
  return builder.finish({ endianness: 'little' })
}

const nf: FakeBtf = { id: 7, name: 'nf_conntrack', bytes: moduleBytes(24), origin: 'kernel' }
const all: readonly FakeBtf[] = [
  { id: 1, name: 'vmlinux', bytes: vmlinux.bytes, origin: 'kernel' },
  { id: 4, name: '', bytes: moduleBytes(0), origin: 'user' },
  nf,
  { ...nf, id: 9, name: 'other', bytes: moduleBytes(8, 'other') },
]

interface Listing {
  readonly names: readonly string[]
  readonly steps: readonly LoadStep[]
  readonly kernel: BpfKernel
}

function list(btfs: readonly FakeBtf[], change: (kernel: BpfKernel) => void = () => undefined): Listing {
  const kernel = new BpfKernel()
  haveBtfs(kernel, btfs)
  change(kernel)
  const steps: LoadStep[] = []
  const names = runningModuleBtfs(kernel, vmlinux, (step) => steps.push(step)).map(({ name }) => name)
  expect(kernel.descriptors.size).toBe(0)
  return { names, steps, kernel }
}

const skipped = (steps: readonly LoadStep[]): readonly LoadStep[] =>
  steps.filter(({ kind }) => kind === 'module-btf-skipped' || kind === 'modules-not-listed')

describe('runningModuleBtfs', () => {
  it("lists the modules, and neither the kernel's own types nor what programs loaded", () => {
    const { names, steps } = list(all)
    expect(names).toEqual(['nf_conntrack', 'other'])
    expect(steps[0]).toEqual({
      kind: 'target-btf-read',
      name: 'nf_conntrack',
      bytes: nf.bytes.length,
      typeCount: 1,
    })
    expect(skipped(steps)).toEqual([])
  })

  it('reads them as split BTF on top of vmlinux', () => {
    const kernel = new BpfKernel()
    haveBtfs(kernel, all)
    const [module] = runningModuleBtfs(kernel, vmlinux, undefined)
    expect(module?.id).toBe(7)
    expect(module?.btf.base).toBe(vmlinux)
    expect(module?.btf.find('conn', 'struct')).toMatchObject({ id: vmlinux.typeCount + 1, size: 64 })
  })

  it.each([
    ['cut off', nf.bytes.subarray(0, 30), 'ends after'],
    ['no BTF', new Uint8Array(40), 'magic'],
    ['empty', new Uint8Array(), 'no room'],
  ])('leaves out one that is %s, and says so', (_, bytes, why) => {
    const { names, steps } = list(all.map((btf) => (btf.id === 7 ? { ...btf, bytes } : btf)))
    expect(names).toEqual(['other'])
    expect(skipped(steps)).toMatchObject([{ kind: 'module-btf-skipped', module: 'nf_conntrack' }])
    expect(JSON.stringify(skipped(steps))).toContain(why)
  })

  it('passes over one that has gone meanwhile', () => {
    const { names, steps } = list([{ ...nf, refused: 2 }, ...all.slice(3)])
    expect([names, skipped(steps)]).toEqual([['other'], []])
  })

  it.each([
    ['ids', 'BPF_BTF_GET_NEXT_ID', 'EPERM', 1],
    ['descriptors', 'BPF_BTF_GET_FD_BY_ID', 'EPERM', 1],
    ['names, before Linux 5.11,', 'BPF_OBJ_GET_INFO_BY_FD', 'E2BIG', 7],
  ] as const)('has none where the kernel does not give %s, and says so', (_, command, name, errno) => {
    const { names, steps } = list(all, (kernel) => {
      kernel.answers[command] = refuse(command, errno)
    })
    expect(names).toEqual([])
    expect(skipped(steps)).toMatchObject([{ kind: 'modules-not-listed' }])
    expect(JSON.stringify(skipped(steps))).toContain(`bpf(${command}) failed with ${name}`)
  })

  it('reads a module once, and again once it was loaded anew', () => {
    const kernel = new BpfKernel()
    haveBtfs(kernel, all)
    const steps: LoadStep[] = []
    const names = (): readonly string[] =>
      runningModuleBtfs(kernel, vmlinux, (step) => steps.push(step)).map(({ name, id }) => `${name} ${id}`)
    expect(names()).toEqual(['nf_conntrack 7', 'other 9'])
    expect(names()).toEqual(['nf_conntrack 7', 'other 9'])
    haveBtfs(kernel, [...all.slice(0, 2), ...all.slice(3), { ...nf, id: 12 }])
    expect(names()).toEqual(['other 9', 'nf_conntrack 12'])
    expect(steps.filter(({ kind }) => kind === 'target-btf-read')).toHaveLength(3)
  })

  it('opens the types of a module by its name', () => {
    const { kernel } = list(all)
    using descriptor = openModuleBtf(kernel, 'other')
    expect(kernel.descriptors.get(descriptor?.fd ?? -1)).toBe('BTF 9')
    expect(openModuleBtf(kernel, 'nf_nat')).toBeUndefined()
    expect(openModuleBtf(new BpfKernel(), 'other')).toBeUndefined()
  })

  const namedBtfTest = featureTest({
    name: 'names of BTF',
    since: [5, 11],
    whyNot: () => {
      const kernel = openKernel()
      const builder = new BtfBuilder()
      builder.addInt('int', 4)
      const btf = builder.finish({ endianness: 'little' })
      using own = loadBtf(kernel, { btf, btf_size: btf.length })
      btfInfo(kernel, own.fd)
      return undefined
    },
  })

  namedBtfTest("does not take a program's types for a module's", () => {
    const kernel = openKernel()
    const builder = new BtfBuilder()
    builder.addInt('int', 4)
    const bytes = builder.finish({ endianness: 'little' })
    using own = loadBtf(kernel, { btf: bytes, btf_size: bytes.length })
    const ids: number[] = []
    for (let id = nextBtfId(kernel, 0); id !== undefined; id = nextBtfId(kernel, id)) ids.push(id)
    const read = new Uint8Array(bytes.length)
    expect(btfInfo(kernel, own.fd, read)).toEqual({ name: '', size: bytes.length, origin: 'user' })
    expect(read).toEqual(bytes)
    using first = openBtfById(kernel, ids[0] ?? 0)
    if (first === undefined) return expect.fail('the kernel has no BTF')
    expect(btfInfo(kernel, first.fd)).toMatchObject({ name: 'vmlinux', origin: 'kernel' })
    expect(openBtfById(kernel, 0x7fffffff)).toBeUndefined()
    const modules = runningModuleBtfs(kernel, runningKernelBtf(kernel, undefined), undefined)
    expect(modules.map(({ name }) => name)).not.toContain('')
  })
})

describe('a load', () => {
  const spec = (): ReturnType<typeof parseObject> =>
    parseObject(
      writeObject({
        types: (builder, { int = typeId(0) }) => ({
          conn: builder.addStruct('rawbpf_conn', 4, [at(0, 'mark', int)]),
        }),
        programs: [
          {
            insns: [movImm(0, 1), exit()],
            coreRelos: [{ insn: 0, type: 'conn', access: '0:0', kind: 'field_exists' }],
          },
        ],
      }),
      'modules.bpf.o',
    )

  const load = (kernel: BpfKernel, targetBtf?: Btf): readonly LoadStep[] => {
    const steps: LoadStep[] = []
    const options = targetBtf === undefined ? {} : { targetBtf }
    loadObject(spec(), { kernel, observer: (step) => steps.push(step), ...options }).close()
    return steps
  }

  kernelBtfTest('searches the modules of the kernel for what it does not have itself', () => {
    const kernel = new BpfKernel()
    const real = openKernel()
    const base = runningKernelBtf(real, undefined)
    const builder = new BtfBuilder({ base })
    builder.addStruct('rawbpf_conn', 64, [at(8, 'mark', builder.addInt('int', 4, { encoding: 'signed' }))])
    // An id that no module of this kernel has, whose types may be known already.
    haveBtfs(kernel, [{ ...nf, id: 0x7000_0000, bytes: builder.finish({ endianness: 'little' }) }])
    declareWrapper(kernel, real)
    const resolved = load(kernel).find((step) => step.kind === 'core-resolved')
    expect(resolved?.resolution.result).toMatchObject({ value: 1n })
  })

  it("does not search this kernel's modules for another kernel", () => {
    const kernel = new BpfKernel()
    kernel.answers.BPF_BTF_GET_NEXT_ID = () => expect.fail('modules were asked for')
    const resolved = load(kernel, vmlinux).find((step) => step.kind === 'core-resolved')
    expect(resolved?.resolution.result).toMatchObject({ value: 0n })
  })
})
