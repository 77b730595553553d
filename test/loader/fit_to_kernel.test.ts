import { describe, expect, it } from 'vitest'
import { fitToKernel } from '../../src/loader/fit_to_kernel.ts'
import { relocateObject } from '../../src/relocate/relocate_object.ts'
import type { RelocatedObject } from '../../src/relocate/relocated_object.ts'
import type { ObjectSpec } from '../../src/object/object_spec.ts'
import { recordingKernel } from '../kernel/recording_kernel.ts'
import { tagged } from '../relocate/tagged_object.ts'
import { arenaSpec } from './arena_object.ts'
import { BpfKernel, refuse } from './bpf_kernel.ts'
import { smallSpec } from './small_object.ts'

const relocated = (spec: ObjectSpec): RelocatedObject =>
  relocateObject(spec, { targetBtf: () => expect.fail('not asked for') })

function fit(
  object: RelocatedObject,
  programs: 'accepted' | 'refused',
): [RelocatedObject, readonly string[]] {
  const kernel = new BpfKernel()
  if (programs === 'refused') kernel.answers.BPF_PROG_LOAD = refuse('BPF_PROG_LOAD', 22)
  const recording = recordingKernel(kernel)
  const fitted = fitToKernel(object, recording.kernel)
  expect(kernel.descriptors.size).toBe(0)
  return [fitted, recording.names()]
}

describe('fitToKernel', () => {
  it('asks nothing for an object that needs nothing', () => {
    expect(fit(relocated(smallSpec()), 'refused')[1]).toEqual([])
  })

  it('names the context where the verifier does not read tags, and asks it only where there are some', () => {
    const object = tagged()
    const [there, asked] = fit(object, 'accepted')
    expect(there.btf).toBe(object.btf)
    expect(asked).toEqual(['BPF_BTF_LOAD', 'BPF_PROG_LOAD', 'close', 'close'])
    expect(fit(object, 'refused')[0].btf!.typeCount).toBeGreaterThan(object.btf!.typeCount)
    expect(fit(tagged({ tag: 'other' }), 'refused')[1]).toEqual([])
  })

  it('places the variables of an arena where the kernel can reach them', () => {
    expect(fit(relocated(arenaSpec()), 'accepted')[0].arenaData?.offset).toBe(3 * 4096)
    expect(fit(relocated(arenaSpec()), 'refused')[0].arenaData?.offset).toBe(0)
    expect(fit(relocated(arenaSpec()), 'accepted')[1]).toEqual([
      'BPF_MAP_CREATE',
      'BPF_PROG_LOAD',
      'close',
      'close',
    ])
  })
})
