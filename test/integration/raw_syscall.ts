import koffi from 'koffi'

/** Of syscall_64.tbl and, on arm64, asm-generic/unistd.h (Linux 6.18). arm64 has neither open(2) nor creat(2). */
const numbers = {
  x64: { open: 2, creat: 85, openat: 257, openat2: 437, tkill: 200, tgkill: 234, gettid: 186, execve: 59 },
  arm64: {
    open: undefined,
    creat: undefined,
    openat: 56,
    openat2: 437,
    tkill: 130,
    tgkill: 131,
    gettid: 178,
    execve: 221,
  },
} as const

type Name = keyof (typeof numbers)['x64']
type Argument = number | Uint8Array

/** Whether this architecture has the system call. */
export function hasSyscall(name: Name): boolean {
  return numberOf(name) !== undefined
}

/**
 * Issues a system call that the C library or Node.js would issue in another way, or not at all where it is given by its number.
 * Gives -1 where it fails.
 */
export function rawSyscall(call: Name | number, ...args: readonly Argument[]): number {
  const number = typeof call === 'number' ? call : numberOf(call)
  if (number === undefined) throw new Error(`this architecture has no ${call}(2)`)
  const types = args.map((arg) => (typeof arg === 'number' ? 'long' : 'const uint8_t *'))
  const issue = koffi.load(null).func('syscall', 'long', ['long', ...types]) as (
    ...all: readonly Argument[]
  ) => number
  return issue(number, ...args)
}

function numberOf(name: Name): number | undefined {
  return numbers[process.arch === 'arm64' ? 'arm64' : 'x64'][name]
}

/** Bytes of a string as C has it. */
export const cText = (text: string): Uint8Array => new TextEncoder().encode(`${text}\0`)
