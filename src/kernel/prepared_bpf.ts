import type { EncodedAttr } from '../abi/encoded_attr.ts'
import type { Kernel, PreparedBpf } from './kernel.ts'
import { SyscallError } from './syscall_error.ts'

/** The same call through `bpf`, for kernels that wrap another one: nothing is prepared, and every call passes by. */
export function preparedThrough(bpf: Kernel['bpf'], command: number, attr: EncodedAttr): PreparedBpf {
  return {
    call: () => {
      try {
        return bpf(command, attr)
      } catch (error) {
        if (error instanceof SyscallError) return -error.errno
        throw error
      }
    },
  }
}
