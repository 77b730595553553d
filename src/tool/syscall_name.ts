import { syscallNames } from '../abi/generated/syscall_names.ts'

/** Names by numbers; a machine of another architecture has none. */
const names: Readonly<Record<string, Readonly<Record<number, string>>>> = syscallNames

/**
 * What a system call of a 64-bit program is called: `openat`, or `syscall 500` where this version of rawbpf does not know it.
 *
 * @param architecture As Node.js calls it.
 */
export function syscallName(number: number, architecture: string = process.arch): string {
  return names[architecture]?.[number] ?? `syscall ${number}`
}
