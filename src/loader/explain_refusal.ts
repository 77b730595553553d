import { PermissionError, permissionErrorFor } from '../kernel/capabilities.ts'
import type { SyscallError } from '../kernel/syscall_error.ts'

/**
 * Throws where the kernel refused a call for want of a capability. Anything else is the caller's to explain: EPERM alone
 * may be the verifier's verdict as well.
 *
 * @param tried What the call was to do, e.g. `create map rb`.
 * @throws PermissionError
 */
export function explainRefusal(error: SyscallError, tried: string): void {
  const permission = permissionErrorFor(error)
  if (permission === undefined || permission.missing.length === 0) return
  throw new PermissionError(`cannot ${tried}: ${permission.message}`, permission.missing, { cause: error })
}
