import { describe, expect, it } from 'vitest'
import { fdNumber } from '../../src/base/units.ts'
import { attachIterator } from '../../src/links/attach_iterator.ts'
import type { IteratorTarget } from '../../src/object/iterator_target.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { recordingKernel } from '../kernel/recording_kernel.ts'
import { BpfKernel, refuse } from '../loader/bpf_kernel.ts'
import { programIn } from './program_in.ts'

/** The words of the `bpf_iter_link_info` that the kernel is given; undefined where there is none. */
function parametersOf(
  target: Omit<IteratorTarget, 'kind'>,
  fake = new BpfKernel(),
): readonly number[] | undefined {
  const program = programIn(fake, 'iter/task', 'visit')
  let words: readonly number[] | undefined
  const usually = fake.answers.BPF_LINK_CREATE
  fake.answers.BPF_LINK_CREATE = (attr) => {
    const info = attr.pointers.find(({ field }) => field === 'iter_info')?.target
    if (info !== undefined) {
      const view = new DataView(info.buffer, info.byteOffset, info.byteLength)
      words = Array.from({ length: info.byteLength / 4 }, (_, index) => view.getUint32(4 * index, true))
    }
    return usually?.(attr) ?? fake.usually('BPF_LINK_CREATE', attr)
  }
  const recording = recordingKernel(fake)
  attachIterator(
    { kernel: recording.kernel, program, observer: undefined },
    { kind: 'iter', ...target },
  ).close()
  expect(recording.openDescriptors().size).toBe(0)
  return words
}

describe('attachIterator', () => {
  it('names nothing where nothing is asked for', () => {
    expect(parametersOf({})).toBeUndefined()
  })

  it.each([
    ['a map', { map: { fd: fdNumber(9) } }, [9]],
    ['a process', { task: { pid: 12 } }, [0, 12]],
    ['a thread', { task: { tid: 34 } }, [34]],
    ['a process by its descriptor', { task: { pidfd: fdNumber(5) } }, [0, 0, 5]],
    ['one cgroup', { cgroup: { order: 'self_only', fd: fdNumber(7) } }, [1, 7]],
    ['cgroups from the root on', { cgroup: { order: 'descendants_post' } }, [3]],
  ] as const)('names %s as bpf_iter_link_info has it', (_, target, words) => {
    expect(parametersOf(target)).toEqual(words)
  })

  it('says what the kernel may have missed', () => {
    const fake = new BpfKernel()
    fake.answers.BPF_LINK_CREATE = refuse('BPF_LINK_CREATE', 22)
    expect(bpfErrorOf('ATTACH_FAILED', () => parametersOf({}, fake)).message).toContain('needs an order')
  })
})
