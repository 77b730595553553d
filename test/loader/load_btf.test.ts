import { describe, expect, it } from 'vitest'
import { loadObject } from '../../src/loader/load_object.ts'
import type { LoadStep } from '../../src/loader/steps.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { BpfKernel, bufferOf, fail, refuse } from './bpf_kernel.ts'
import { smallSpec } from './small_object.ts'

describe("the object's BTF", () => {
  it('is loaded as it is, and a step says how large it is', () => {
    const kernel = new BpfKernel()
    const spec = smallSpec()
    let loaded = new Uint8Array()
    kernel.answers.BPF_BTF_LOAD = (attr) => {
      loaded = bufferOf(attr, 'btf').slice()
      return kernel.usually('BPF_BTF_LOAD', attr)
    }
    const steps: LoadStep[] = []
    loadObject(spec, { kernel, observer: (step) => steps.push(step) }).close()
    expect(loaded).toEqual(spec.btf?.bytes)
    expect(steps).toContainEqual({
      kind: 'btf-loaded',
      object: 'dir/small.bpf.o',
      bytes: loaded.length,
      fd: 100,
    })
  })

  it('that is refused is loaded again with a log, whose end the error shows', () => {
    const kernel = new BpfKernel()
    kernel.answers.BPF_BTF_LOAD = (attr) => {
      const log = attr.pointers.find(({ field }) => field === 'btf_log_buf')?.target
      log?.set(new TextEncoder().encode('[1] INT int\n[2] PTR Invalid type_id\n'))
      fail('bpf', 'BPF_BTF_LOAD', 22)
    }
    const error = bpfErrorOf('LOAD_BTF_REFUSED', () => loadObject(smallSpec(), { kernel }))
    expect(error.message).toBe(
      "dir/small.bpf.o: the kernel refused the object's BTF: [2] PTR Invalid type_id (EINVAL)",
    )
    expect(error).toMatchObject({ section: '.BTF', cause: { errnoName: 'EINVAL' } })
  })

  it('that is refused without a word gives the error that the kernel answered', () => {
    const kernel = new BpfKernel()
    kernel.answers.BPF_BTF_LOAD = refuse('BPF_BTF_LOAD', 12)
    const error = bpfErrorOf('LOAD_BTF_REFUSED', () => loadObject(smallSpec(), { kernel }))
    expect(error.message).toContain("refused the object's BTF: bpf(BPF_BTF_LOAD) failed with ENOMEM")
  })

  it('that is refused without a word for EPERM is not permitted', () => {
    const kernel = new BpfKernel()
    kernel.answers.BPF_BTF_LOAD = refuse('BPF_BTF_LOAD', 1)
    bpfErrorOf('NOT_PERMITTED', () => loadObject(smallSpec(), { kernel }))
  })
})
