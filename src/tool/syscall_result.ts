import { errnoName } from '../abi/errno.ts'

/** What a system call returned, for people: `3`, or the name of the errno where it failed, `ENOENT`. */
export function syscallResult(returned: number): string {
  return returned < 0 ? errnoName(-returned) : String(returned)
}
