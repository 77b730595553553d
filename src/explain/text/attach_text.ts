import type { AttachChapter, LinkReport } from '../explanation.ts'
import { wrap } from './layout.ts'

export function attachText({ links }: AttachChapter): readonly string[] {
  return links.flatMap(linkLines)
}

function linkLines({ program, target, how, syscalls }: LinkReport): readonly string[] {
  if (how === undefined) return wrap(`program ${program}: not attached, ${target}`, '  ', '    ')
  const calls = syscalls.length === 0 ? '' : `; system calls ${syscalls[0]} to ${syscalls.at(-1)}`
  return wrap(`program ${program}: ${target}, ${how}${calls}`, '  ', '    ')
}
