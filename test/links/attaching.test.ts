import { describe, expect, it } from 'vitest'
import { FileDescriptor } from '../../src/kernel/file_descriptor.ts'
import { KernelError } from '../../src/kernel/kernel_error.ts'
import { SyscallError } from '../../src/kernel/syscall_error.ts'
import { PermissionError } from '../../src/kernel/capabilities.ts'
import { AttachError } from '../../src/links/attach_error.ts'
import { type AttachContext, type Attached, attaching, type Keep } from '../../src/links/attaching.ts'
import type { Link } from '../../src/links/link.ts'
import type { LinkStep } from '../../src/links/steps.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { BpfKernel } from '../loader/bpf_kernel.ts'
import { programIn } from './program_in.ts'

function context(kernel = new BpfKernel()): AttachContext & { readonly kernel: BpfKernel } {
  return { kernel, program: programIn(kernel, 'socket'), observer: undefined }
}

const opened = (kernel: BpfKernel, what: string): FileDescriptor =>
  new FileDescriptor(kernel, kernel.allocate(what), what)

/** Opens an event and a link, and then throws `error`, if there is one. */
function attach(given: AttachContext & { readonly kernel: BpfKernel }, error?: Error): Link {
  return attaching(given, 'place x', (keep: Keep): Attached => {
    keep(opened(given.kernel, 'event'))
    const link = keep(opened(given.kernel, 'link'))
    if (error !== undefined) throw error
    return { how: 'bpf-link', link }
  })
}

describe('attaching', () => {
  it('makes a link of what was opened, which closes the last first', () => {
    const given = context()
    const closed: (string | undefined)[] = []
    const close = given.kernel.close.bind(given.kernel)
    given.kernel.close = (fd) => {
      closed.push(given.kernel.descriptors.get(fd))
      close(fd)
    }
    const link = attach(given)
    expect(link).toMatchObject({ program: 'main', target: 'place x', detached: false })
    link.close()
    expect(closed).toEqual(['link', 'event'])
  })

  it('tells the observer', () => {
    const steps: LinkStep[] = []
    using link = attach({ ...context(), observer: (step) => steps.push(step) })
    expect(steps).toEqual([{ kind: 'link-made', program: 'main', target: link.target, how: 'bpf-link' }])
  })

  it('closes all of it where something is missing, and says what was tried', () => {
    const given = context()
    const cause = new KernelError('NO_TRACEFS', 'there is no tracefs')
    const error = bpfErrorOf('ATTACH_FAILED', () => attach(given, cause))
    expect(error).toMatchObject({ program: 'main', section: 'socket', cause })
    expect(error.message).toBe('cannot attach program main to place x: there is no tracefs')
    expect([...given.kernel.descriptors.values()]).toEqual(['program'])
  })

  it('makes a refusal a PermissionError', () => {
    const error = bpfErrorOf('ATTACH_FAILED', () =>
      attach(context(), new SyscallError({ syscall: 'perf_event_open', errno: 1 })),
    )
    expect(error.cause).toBeInstanceOf(PermissionError)
  })

  it('adds what the errno means here', () => {
    const failing = (errno: number): string =>
      bpfErrorOf('ATTACH_FAILED', () =>
        attaching(
          context(),
          'place x',
          () => {
            throw new SyscallError({ syscall: 'bpf', command: 'BPF_LINK_CREATE', errno })
          },
          { EBUSY: 'it is taken', ENOENT: () => 'there is no x', EINVAL: () => undefined },
        ),
      ).message
    expect(failing(16)).toMatch(/^cannot attach program main to place x: .*EBUSY.*; it is taken$/)
    expect(failing(2)).toMatch(/; there is no x$/)
    expect(failing(22)).toMatch(/EINVAL[^;]*$/)
    expect(failing(12)).toMatch(/ENOMEM[^;]*$/)
  })

  it.each([
    new AttachError('ATTACH_NO_TARGET', 'a family has said it better', { program: 'main' }),
    new TypeError('a mistake'),
  ])('passes on $name', (error) => {
    const given = context()
    expect(() => attach(given, error)).toThrow(error)
    expect([...given.kernel.descriptors.values()]).toEqual(['program'])
  })

  it('says why the program is not attached, even if something does not close', () => {
    const given = context()
    const close = given.kernel.close.bind(given.kernel)
    given.kernel.close = (fd) => {
      close(fd)
      throw new SyscallError({ syscall: 'close', errno: 5 })
    }
    const cause = new KernelError('NO_TRACEFS', 'there is no tracefs')
    expect(bpfErrorOf('ATTACH_FAILED', () => attach(given, cause)).cause).toBe(cause)
    expect([...given.kernel.descriptors.values()]).toEqual(['program'])
  })

  it('leaves nothing attached where the observer throws, and does not take it for the kernel', () => {
    const stop = new KernelError('NO_TRACEFS', 'enough')
    const observer = (): never => {
      throw stop
    }
    const given = { ...context(), observer }
    expect(() => attach(given)).toThrow(stop)
    expect([...given.kernel.descriptors.values()]).toEqual(['program'])
  })

  it('does not start with a program that was closed', () => {
    const given = context()
    given.program.close()
    bpfErrorOf('DESCRIPTOR_CLOSED', () => attaching(given, 'place x', () => expect.fail('an attempt')))
  })
})
