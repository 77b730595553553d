/**
 * A process with two threads, which ends in the way that its first argument names. In JavaScript nobody ends a single
 * thread or calls exec(2), so that is done through koffi. The second thread's code is text: Node.js 20 cannot start a
 * thread from a TypeScript file.
 */
import { createRequire } from 'node:module'
import { arch } from 'node:os'
import { Worker } from 'node:worker_threads'
import koffi from 'koffi'

/** Numbers of exit(2), which ends one thread, and of exit_group(2) (syscall_64.tbl; asm-generic/unistd.h on arm64). */
const numbers = arch() === 'x64' ? { exit: 60, exitGroup: 231 } : { exit: 93, exitGroup: 94 }

const declarations = `
  const { workerData } = require('node:worker_threads')
  const koffi = require(workerData.koffi)
  const syscall = koffi.load(null).func('long syscall(long number, long argument)')
  const execv = koffi.load(null).func('int execv(const char *path, const char **arguments)')
  const pause = (milliseconds) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
`

type ExitThread = (number: number, status: number) => never

interface Way {
  /** Runs once the second thread does. */
  readonly first: () => void
  readonly second: string
}

const waitForTheEnd = 'pause(60_000)'

const ways: Readonly<Record<string, Way>> = {
  'exit-7': { first: () => process.exit(7), second: waitForTheEnd },
  kill: { first: () => process.kill(process.pid, 'SIGKILL'), second: waitForTheEnd },
  segv: { first: () => process.kill(process.pid, 'SIGSEGV'), second: waitForTheEnd },
  'first-thread-ends-first': {
    first: () => {
      const exitThread = koffi
        .load(null)
        .func('long syscall(long number, long argument)') as unknown as ExitThread
      exitThread(numbers.exit, 0)
    },
    second: `pause(100); syscall(${numbers.exitGroup}, 42)`,
  },
  'exec-in-second-thread': { first: () => undefined, second: `execv('/bin/true', ['/bin/true', null])` },
}

const way = ways[String(process.argv[2])]
if (way === undefined) throw new Error(`which way? One of ${Object.keys(ways).join(', ')}`)
const workerData = { koffi: createRequire(import.meta.url).resolve('koffi') }
new Worker(declarations + way.second, { eval: true, workerData }).on('online', way.first)
