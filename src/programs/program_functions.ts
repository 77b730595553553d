import { BPF_PROG_INFO } from '../abi/bpf_info.ts'
import type { Fd } from '../base/units.ts'
import { Btf } from '../btf/btf.ts'
import { btfBytes, infoByFd, openBtfById } from '../kernel/bpf_calls.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { KernelError } from '../kernel/kernel_error.ts'

/**
 * The id of a function's FUNC in the types that a program was loaded with, which the kernel keeps. Needs CAP_SYS_ADMIN.
 *
 * @throws KernelError 'NO_SUCH_FUNCTION' where the program was loaded without types, or they have no such function;
 *   SyscallError; BtfError
 */
export function functionIdOf(kernel: Kernel, program: Fd, name: string): number {
  const btf = typesOf(kernel, program)
  if (btf === undefined) throw noSuchFunction('the target program was loaded without BTF')
  const func = btf.find(name, 'func')
  if (func !== undefined) return func.id
  const known = btf.idsOfKind('func').map((id) => btf.nameOf(id))
  throw noSuchFunction(
    `the target program has no function ${name}; its BTF has ${known.join(', ') || 'none'}`,
  )
}

function typesOf(kernel: Kernel, fd: Fd): Btf | undefined {
  const { btf_id } = infoByFd(kernel, fd, BPF_PROG_INFO)
  using descriptor = btf_id === 0 ? undefined : openBtfById(kernel, btf_id)
  if (descriptor === undefined) return undefined
  const bytes = btfBytes(kernel, descriptor.fd)
  return Btf.parse(bytes, { name: `BTF ${btf_id}` })
}

function noSuchFunction(message: string): KernelError {
  return new KernelError('NO_SUCH_FUNCTION', message)
}
