import { declareWrapper } from '../../src/kernel/identity.ts'
import type { Fd } from '../../src/base/units.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { observedKernel, type KernelStep } from '../../src/kernel/steps.ts'

/** bpf(2) commands whose result is not a descriptor. */
const RETURN_NO_DESCRIPTOR =
  /_ELEM$|_BATCH$|_FREEZE$|_NEXT_KEY$|_NEXT_ID$|_BY_FD$|_BIND_MAP$|_ATTACH$|_DETACH$|_QUERY$|_UPDATE$|_PIN$|_TEST_RUN$/

export interface RecordingKernel {
  /** Pass this one on. */
  readonly kernel: Kernel
  /** Every call in order, with decoded arguments. */
  readonly calls: readonly KernelStep[]
  /** The names of the calls in order: the command where there is one, e.g. `BPF_MAP_CREATE`, else the system call's. */
  names(): readonly string[]
  /** The descriptors that were returned and not closed, with the call that returned them. */
  openDescriptors(): ReadonlyMap<number, string>
  /** How many mappings are not unmapped. */
  mappings(): number
  /** How many poll handles are not closed. */
  polls(): number
}

/** Wraps `kernel` (the real one or a fake) so that a test can see every call and assert that nothing leaked. */
export function recordingKernel(kernel: Kernel): RecordingKernel {
  const calls: KernelStep[] = []
  const open = new Map<number, string>()
  let mappings = 0
  let polls = 0

  const observed = observedKernel(kernel, (step) => {
    calls.push(step)
    if (step.outcome.kind === 'failed') return
    const name = step.command ?? step.syscall
    if (step.syscall === 'close') open.delete(Number(step.arguments['fd']))
    else if (returnsDescriptor(step)) open.set(step.outcome.value, name)
  })

  const wrapper: Kernel = {
    ...observed,
    mmap: (fd: Fd, request) => {
      const mapping = observed.mmap(fd, request)
      mappings++
      const unmap = once(() => {
        mappings--
        mapping.unmap()
      })
      return { buffer: mapping.buffer, unmap, [Symbol.dispose]: unmap }
    },
    poll: (descriptors, onReady, interest) => {
      const handle = observed.poll(descriptors, onReady, interest)
      polls++
      const close = once(() => {
        polls--
        handle.close()
      })
      const ref = (): void => {
        handle.ref()
      }
      const unref = (): void => {
        handle.unref()
      }
      return { close, ref, unref, [Symbol.dispose]: close }
    },
  }
  declareWrapper(wrapper, kernel)
  return {
    kernel: wrapper,
    calls,
    names: () => calls.map((step) => step.command ?? step.syscall),
    openDescriptors: () => new Map(open),
    mappings: () => mappings,
    polls: () => polls,
  }
}

function returnsDescriptor(step: KernelStep): boolean {
  if (step.syscall === 'bpf') return !RETURN_NO_DESCRIPTOR.test(step.command ?? '')
  const calls = ['openat', 'perf_event_open', 'fsopen', 'fsmount', 'pidfd_open', 'socket', 'fcntl']
  return calls.includes(step.syscall)
}

function once(act: () => void): () => void {
  let done = false
  return () => {
    if (!done) act()
    done = true
  }
}
