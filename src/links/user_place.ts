import { codeOffset } from '../executable/code_offset.ts'
import { ExecutableError } from '../executable/executable_error.ts'
import { findFunction } from '../executable/find_function.ts'
import { type ExecutableFile, locateExecutable, openExecutable } from '../kernel/executable_file.ts'
import { KernelError } from '../kernel/kernel_error.ts'
import type { UserPlace } from '../object/user_probe_target.ts'

/** Where a probe goes, as the kernel wants to know it. */
export interface ProbedPlace {
  /** The file that is mapped. */
  readonly path: string
  /** Bytes from its start. */
  readonly offset: number
}

/**
 * Finds the place in the file: of a function in its symbol tables, and otherwise the offset itself, for which nothing in the
 * file has to be understood.
 *
 * @throws KernelError 'NO_SUCH_EXECUTABLE', 'FILE_UNREADABLE'; ElfError; ExecutableError
 */
export function locatePlace(executable: string, place: UserPlace): ProbedPlace {
  if (place.function !== undefined) {
    const file = openExecutable(executable)
    return { path: file.path, offset: functionOffset(file, place.function, place.offset) }
  }
  return executable.includes('!/') ? locateInMember(executable, place) : locateInFile(executable, place)
}

/** @throws ElfError; ExecutableError */
export function functionOffset(file: ExecutableFile, name: string, offset = 0): number {
  const { image, debugImage, start } = file
  const { address } = findFunction(image, name, debugImage)
  requireOffset(image.name, offset)
  const what = offset === 0 ? `function ${name}` : `${name}+${offset}`
  return start + codeOffset(image, address + BigInt(offset), what)
}

function locateInFile(executable: string, { offset = 0 }: UserPlace): ProbedPlace {
  const { path, size } = locateExecutable(executable)
  requireOffset(path, offset, size)
  return { path, offset }
}

function locateInMember(executable: string, { offset = 0 }: UserPlace): ProbedPlace {
  const { path, start, image } = openExecutable(executable)
  requireOffset(executable, offset, image.bytes.length)
  return { path, offset: start + offset }
}

/**
 * @param limit Bytes of the file. The kernel would take an offset behind them in its last page, and never hit it.
 * @throws ExecutableError 'EXECUTABLE_NOT_CODE'
 */
export function requireOffset(object: string, offset: number, limit = Number.MAX_SAFE_INTEGER): void {
  if (Number.isSafeInteger(offset) && offset >= 0 && offset < limit) return
  const found =
    limit === Number.MAX_SAFE_INTEGER ? 'it has to be a whole number' : `the file has ${limit} bytes`
  throw new ExecutableError('EXECUTABLE_NOT_CODE', `there is no offset ${offset}: ${found}`, { object })
}

/**
 * The kernel would take other numbers for all processes, or for this one.
 *
 * @throws KernelError 'NO_SUCH_PROCESS'
 */
export function requireProcessId(pid: number | undefined): void {
  if (pid === undefined || (Number.isInteger(pid) && pid > 0 && pid <= MAX_PID)) return
  throw new KernelError('NO_SUCH_PROCESS', `there is no process ${pid}: processes have numbers from 1 on`)
}

/** `pid_t` has 32 bits, one of them for the sign. */
const MAX_PID = 0x7fff_ffff

/** For people: `malloc+16 of libc.so.6`. */
export function describePlace(
  executable: string,
  { function: name, offset = 0 }: UserPlace,
  pid: number | undefined,
): string {
  const where =
    name === undefined ? `offset 0x${offset.toString(16)}` : offset === 0 ? name : `${name}+${offset}`
  return `${where} of ${inProcess(executable, pid)}`
}

/** For people: `libc.so.6 in process 42`. */
export function inProcess(executable: string, pid: number | undefined): string {
  return pid === undefined ? executable : `${executable} in process ${pid}`
}
