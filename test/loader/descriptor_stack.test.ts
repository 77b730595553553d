import { describe, expect, it } from 'vitest'
import { FileDescriptor } from '../../src/kernel/file_descriptor.ts'
import { SyscallError } from '../../src/kernel/syscall_error.ts'
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

  it('closes a nested one with itself, or before', () => {
    const { kernel, stack, closed } = openThree()
    const early = stack.nested()
    const late = stack.nested()
    early.push(new FileDescriptor(kernel, kernel.fsopen('d'), 'd'))
    late.push(new FileDescriptor(kernel, kernel.fsopen('e'), 'e'))
    early[Symbol.dispose]()
    expect(closed).toEqual([103])
    stack[Symbol.dispose]()
    expect(closed).toEqual([103, 104, 102, 101, 100])
  })

  it('keeps what a nested one holds where everything is handed over', () => {
    const { kernel, stack, closed } = openThree()
    stack.nested().push(new FileDescriptor(kernel, kernel.fsopen('d'), 'd'))
    stack.release()
    stack[Symbol.dispose]()
    expect(closed).toEqual([])
  })

  it('drops one early, whatever close says about it', () => {
    const { kernel, stack, closed } = openThree()
    const descriptor = stack.push(new FileDescriptor(kernel, kernel.fsopen('d'), 'd'))
    const close = kernel.close.bind(kernel)
    kernel.close = (fd) => {
      close(fd)
      throw new SyscallError({ syscall: 'close', errno: 5 })
    }
    stack.drop(descriptor)
    expect(closed).toEqual([103])
    kernel.close = close
    stack[Symbol.dispose]()
    expect(closed).toEqual([103, 102, 101, 100])
  })
})
