import type { Kernel } from './kernel.ts'

const wrapped = new WeakMap<Kernel, Kernel>()

/** Says that `wrapper` answers for `kernel`, so that what is known about the one holds for the other. */
export function declareWrapper(wrapper: Kernel, kernel: Kernel): void {
  wrapped.set(wrapper, identityOf(kernel))
}

/** The kernel behind wrappers: the key under which answers of the kernel are kept. */
export function identityOf(kernel: Kernel): Kernel {
  return wrapped.get(kernel) ?? kernel
}
