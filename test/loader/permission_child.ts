import { createRequire } from 'node:module'
import type * as Koffi from 'koffi'
import { bpf_prog_type } from '../../src/abi/generated/bpf.ts'
import { SYSCALL_NUMBERS } from '../../src/abi/syscall_numbers.ts'
import { BpfError } from '../../src/base/errors.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { loadTrivialProgram, RETURN_0 } from '../../src/kernel/probes/trivial_program.ts'
import { SyscallError } from '../../src/kernel/syscall_error.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import { smallSpec } from './small_object.ts'

/** What the child of `permissions.test.ts` does: it is run with few rights, and prints what it is told. */
const actions: Readonly<Record<string, () => string>> = {
  tracepoint: () => refusalOf(() => loadObject(smallSpec())),
  xdp: () => refusalOf(() => loadObject(smallSpec({ programs: [{ name: 'main', section: 'xdp' }] }))),
  seccomp: () => {
    forbidBpf()
    return refusalOf(() => loadObject(smallSpec()))
  },
  types: () =>
    Object.entries(bpf_prog_type)
      .filter(([, type]) => isNotPermitted(type))
      .map(([name]) => name)
      .join(),
}

function refusalOf(load: () => Disposable): string {
  try {
    load()[Symbol.dispose]()
    return 'loaded'
  } catch (error) {
    if (error instanceof BpfError) return `${error.code} ${error.message}`
    throw error
  }
}

function isNotPermitted(type: number): boolean {
  try {
    loadTrivialProgram(openKernel(), type, RETURN_0).close()
    return false
  } catch (error) {
    return error instanceof SyscallError && error.errnoName === 'EPERM'
  }
}

/** Makes bpf(2) answer EPERM in this thread, by a seccomp filter: a program of classic BPF over `struct seccomp_data`. */
function forbidBpf(): void {
  const PR_SET_NO_NEW_PRIVS = 38
  const PR_SET_SECCOMP = 22
  const SECCOMP_MODE_FILTER = 2
  const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi
  const prctl = koffi.load(null).func(
    'prctl',
    'int',
    Array.from({ length: 5 }, () => 'int64_t'),
  )
  const filter = new DataView(new ArrayBuffer(4 * 8))
  const put = (index: number, code: number, jumps: number, k: number): void => {
    filter.setUint16(index * 8, code, true)
    filter.setUint16(index * 8 + 2, jumps, true)
    filter.setUint32(index * 8 + 4, k, true)
  }
  put(0, 0x20, 0, 0) // A = data.nr
  put(1, 0x15, 1 << 8, SYSCALL_NUMBERS.get(process.arch)?.bpf ?? 0) // if (A != bpf) skip one
  put(2, 0x06, 0, 0x0005_0001) // return SECCOMP_RET_ERRNO | EPERM
  put(3, 0x06, 0, 0x7fff_0000) // return SECCOMP_RET_ALLOW
  const instructions = new Uint8Array(filter.buffer)
  const program = new DataView(new ArrayBuffer(16))
  program.setUint16(0, 4, true)
  program.setBigUint64(8, koffi.address(instructions), true)
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
  const address = koffi.address(new Uint8Array(program.buffer))
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, address, 0, 0) !== 0) throw new Error('no seccomp filter')
}

console.log(actions[process.argv[2] ?? '']?.() ?? 'no such action')
