import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import type * as Koffi from 'koffi'
import { fsconfig_command } from '../../src/abi/generated/bpf.ts'
import { SYSCALL_NUMBERS } from '../../src/abi/syscall_numbers.ts'
import { kernelTest } from './require.ts'

/** Numbers that are the same on every architecture. */
const PIDFD_OPEN = 434
const PIDFD_GETFD = 438

/** What a BPF file system delegates, by mount option: `any`, or numbers as in `0x3`. */
export type Delegation = Readonly<
  Partial<Record<'delegate_cmds' | 'delegate_maps' | 'delegate_progs' | 'delegate_attachs', string>>
>

export const everything: Delegation = {
  delegate_cmds: 'any',
  delegate_maps: 'any',
  delegate_progs: 'any',
  delegate_attachs: 'any',
}

/**
 * Runs `test/kernel/delegate_child.ts` as root of a user namespace of its own, with a BPF file system that delegates to it:
 * the child opens a context for one, this process, which may, sets the options, and the child makes the mount. Nobody else
 * sees the mount, and it ends with the child.
 *
 * @param load What the child is to do, a name of its table.
 * @returns What it printed.
 */
export async function runDelegated(load: string, delegation: Delegation): Promise<string> {
  const script = ['--import', 'tsx', 'test/kernel/delegate_child.ts', load]
  const command = ['--user', '--map-root-user', '--mount', process.execPath, ...script]
  const env = { ...process.env, TSX_DISABLE_CACHE: '1' }
  const child = spawn('unshare', command, { stdio: ['pipe', 'pipe', 'inherit'], env })
  const ended = once(child, 'exit')
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    const context = /^context (\d+)$/.exec(line)?.[1]
    if (context === undefined) lines.push(line)
    else {
      configure(Number(child.pid), Number(context), delegation)
      child.stdin.end('\n')
    }
  }
  await ended
  return lines.join('\n')
}

function configure(pid: number, context: number, delegation: Delegation): void {
  const call = syscaller()
  const process = call(PIDFD_OPEN, pid, 0)
  const fd = call(PIDFD_GETFD, process, context, 0)
  const fsconfig = numberOf('fsconfig')
  for (const [option, value] of Object.entries(delegation))
    call(fsconfig, fd, fsconfig_command.FSCONFIG_SET_STRING, option, value, 0)
  call(fsconfig, fd, fsconfig_command.FSCONFIG_CMD_CREATE, 0, 0, 0)
  call(numberOf('close'), fd)
  call(numberOf('close'), process)
}

function numberOf(name: 'fsconfig' | 'close'): number {
  const numbers = SYSCALL_NUMBERS.get(process.arch)
  if (numbers === undefined) throw new Error(`no system call numbers for ${process.arch}`)
  return numbers[name]
}

/** syscall(2) with integers and text. */
function syscaller(): (number: number, ...args: (number | string)[]) => number {
  const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi
  const parameters = Array.from({ length: 6 }, () => 'int64_t')
  const syscall = koffi.load(null).func('syscall', 'int64_t', parameters)
  return (number, ...args) => {
    const buffers = args.map((value) => (typeof value === 'string' ? Buffer.from(`${value}\0`) : value))
    const words = buffers.map((value) => (typeof value === 'number' ? value : koffi.address(value)))
    const padded = [...words, 0, 0, 0, 0, 0].slice(0, 5)
    const result = Number(syscall(number, ...padded))
    if (result < 0) throw new Error(`syscall ${number} failed with errno ${koffi.errno()}`)
    return result
  }
}

/** Tests of tokens. */
export const tokenTest = kernelTest('BPF tokens and user namespaces', () => {
  execFileSync('unshare', ['--user', '--map-root-user', '--mount', 'true'], { stdio: 'pipe' })
  const call = syscaller()
  call(numberOf('close'), call(PIDFD_OPEN, process.pid, 0))
  return undefined
})
