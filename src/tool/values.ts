import { errnoName } from '../abi/errno.ts'
import { errnoNames } from '../abi/generated/errno.ts'
import type { OptionValue, ToolOption } from './tool.ts'

const decimal = (text: string): number | undefined => {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN
  return Number.isSafeInteger(value) ? value : undefined
}

/** A whole number from `least` to `most`. */
export function wholeNumber(least: number, most = 0xffff_ffff): OptionValue {
  return {
    read: (text) => {
      const value = decimal(text)
      return value !== undefined && value >= least && value <= most ? value : undefined
    },
    expected: `a whole number from ${least} to ${most}`,
  }
}

/** Seconds, with a fraction or without; `--interval 0.5`. */
export const seconds: OptionValue = {
  read: (text) => {
    const value = /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : 0
    return value > 0 ? value : undefined
  },
  expected: 'a number of seconds, such as 10 or 0.5',
}

/** The most that fits into the kernel's name of a task, without its NUL: TASK_COMM_LEN of include/linux/sched.h is 16. */
const MAX_COMM = 15

/** The name of a task. */
export const comm: OptionValue = {
  read: (text) => (text !== '' && Buffer.byteLength(text) <= MAX_COMM ? text : undefined),
  expected: `the name of a task, of 1 to ${MAX_COMM} bytes`,
}

/** The number of a process. */
export const pid: OptionValue = wholeNumber(1, 0x7fff_ffff)

/** Only events of one process; the object has a global variable `filter_pid`, where 0 stands for all. */
export const pidFilter: ToolOption = {
  flags: '-p, --pid <pid>',
  description: 'only this process',
  value: pid,
  global: 'filter_pid',
}

/** Only events of tasks of one name; the object has a global variable `filter_comm`, where '' stands for all. */
export const commFilter: ToolOption = {
  flags: '-c, --comm <name>',
  description: 'only processes of this name',
  value: comm,
  global: 'filter_comm',
}

/** Only what failed; the object has a global variable `failed_only`. */
export const failedFilter: ToolOption = {
  flags: '-x, --failed',
  description: 'only calls that failed',
  global: 'failed_only',
}

/** The interface that a tool looks at. */
export const interfaceName: ToolOption = {
  flags: '-i, --interface <name>',
  description: 'the network interface (default: lo)',
}

const errnoNumbers = new Map(Object.entries(errnoNames).map(([number, name]) => [name, Number(number)]))

/** An error number, by its name or as a number. */
export const errno: OptionValue = {
  read: (text) =>
    errnoNumbers.get(text) ?? (errnoNames[Number(text)] === undefined ? undefined : Number(text)),
  expected: 'an error of errno(3), such as ENOENT or 2',
}

/** The name of a positive errno; `errno N` for one that Linux does not name. */
export const errorName: (errno: number) => string = errnoName

/** For what counts: when to print, and whether to start over then. `ToolSession.snapshots` knows them. */
export const intervalOptions: readonly ToolOption[] = [
  {
    flags: '-i, --interval <seconds>',
    description: 'print every so many seconds and start over (default: print once, at the end)',
    value: seconds,
  },
  { flags: '--cumulative', description: 'with --interval: do not start over' },
]

/** How many lines of a table to print. */
export const topOption: ToolOption = {
  flags: '-n, --top <count>',
  description: 'print so many lines, those with most (default: 10)',
  value: wholeNumber(1),
}
