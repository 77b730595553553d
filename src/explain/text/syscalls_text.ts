import type { SyscallReport, SyscallsChapter } from '../explanation.ts'
import { wrap } from './layout.ts'

export function syscallsText({ syscalls }: SyscallsChapter): readonly string[] {
  return syscalls.flatMap(syscallLines)
}

function syscallLines({
  number,
  purpose,
  syscall,
  command,
  attrSize,
  result,
  arguments: fields,
}: SyscallReport): readonly string[] {
  const passed = [
    ...(command === undefined ? [] : [command]),
    ...(attrSize === undefined ? [] : [`${attrSize} bytes`]),
  ]
  const call = `${syscall}(${passed.join(', ')}) = ${result}`
  const values = fields.map(({ name, value }) => `${name}=${value}`).join(' ')
  return [
    ...wrap(
      `${call}${purpose === '' ? '' : `  ${purpose}`}`,
      `${String(number).padStart(4)}  `,
      ' '.repeat(8),
    ),
    ...(values === '' ? [] : wrap(values, ' '.repeat(8))),
  ]
}
