import { describe, expect, it } from 'vitest'
import { FileDescriptor } from '../../src/kernel/file_descriptor.ts'
import { DescriptorStack } from '../../src/loader/descriptor_stack.ts'
import { FakeKernel } from '../kernel/fake_kernel.ts'

function openThree(): { kernel: FakeKernel; stack: DescriptorStack; closed: number[] } {
  const kernel = new FakeKernel()
  const closed: number[] = []
  const close = kernel.close.bind(kernel)
  kernel.close = (fd) => {
    closed.push(fd)
    close(fd)
  }
  const stack = new DescriptorStack()
  for (const what of ['a', 'b', 'c']) stack.push(new FileDescriptor(kernel, kernel.fsopen(what), what))
  return { kernel, stack, closed }
}

describe('DescriptorStack', () => {
  it('closes what it holds once, the last first', () => {
    const { stack, closed } = openThree()
    stack[Symbol.dispose]()
    stack[Symbol.dispose]()
    expect(closed).toEqual([102, 101, 100])
  })

  it('closes nothing that it has handed over', () => {
    const { stack, closed, kernel } = openThree()
    stack.release()
    stack[Symbol.dispose]()
    expect(closed).toEqual([])
    expect(kernel.descriptors.size).toBe(3)
  })
})
