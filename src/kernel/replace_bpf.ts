import { declareWrapper } from './identity.ts'
import type { Kernel } from './kernel.ts'
import { preparedThrough } from './prepared_bpf.ts'

/** `kernel` with `bpf` in place of its bpf(2). What is known of the one holds for the other. */
export function replaceBpf(kernel: Kernel, bpf: Kernel['bpf']): Kernel {
  const wrapper: Kernel = {
    pageSize: kernel.pageSize,
    bpf,
    prepareBpf: (command, attr) => preparedThrough(bpf, command, attr),
    perfEventOpen: (...args) => kernel.perfEventOpen(...args),
    ioctl: (...args) => kernel.ioctl(...args),
    mmap: (...args) => kernel.mmap(...args),
    close: (...args) => {
      kernel.close(...args)
    },
    closeAsync: (...args) => kernel.closeAsync(...args),
    poll: (...args) => kernel.poll(...args),
    open: (...args) => kernel.open(...args),
    openat: (...args) => kernel.openat(...args),
    read: (...args) => kernel.read(...args),
    write: (...args) => kernel.write(...args),
    duplicate: (...args) => kernel.duplicate(...args),
    socket: (...args) => kernel.socket(...args),
    setsockopt: (...args) => {
      kernel.setsockopt(...args)
    },
    fsopen: (...args) => kernel.fsopen(...args),
    fsconfigString: (fd, key, value) => {
      kernel.fsconfigString(fd, key, value)
    },
    fsconfigCreate: (...args) => {
      kernel.fsconfigCreate(...args)
    },
    fsmount: (...args) => kernel.fsmount(...args),
    moveMount: (mount, path) => {
      kernel.moveMount(mount, path)
    },
    pidfdOpen: (...args) => kernel.pidfdOpen(...args),
    prlimit: (...args) => kernel.prlimit(...args),
  }
  declareWrapper(wrapper, kernel)
  return wrapper
}
