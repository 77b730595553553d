import type { FileChapter, SectionReport } from '../explanation.ts'
import { cut, wrap } from './layout.ts'

export function fileText({ header, sections, license }: FileChapter): readonly string[] {
  if (header === undefined) return []
  const machine = header.machine === 247 ? '247 (EM_BPF)' : String(header.machine)
  const head = `${header.class}-bit ELF, ${header.endianness}-endian, e_machine ${machine}`
  const licensed = license === undefined || license === '' ? 'no license' : `license ${license}`
  return [
    ...wrap(`${head}, ${sections.length} sections, ${licensed}`),
    '',
    `  #  ${'section'.padEnd(NAME)} ${'bytes'.padStart(BYTES)}  role`,
    ...sections.flatMap(sectionLines),
  ]
}

/** Columns of a name and of a size. */
const NAME = 31
const BYTES = 7

/** What stands before the second line of a role. */
const ROLE = ' '.repeat(5 + NAME + 1 + BYTES + 2)

function sectionLines({ index, name, size, role, refersTo }: SectionReport): readonly string[] {
  const head = `${String(index).padStart(3)}  ${cut(name, NAME).padEnd(NAME)} ${String(size).padStart(BYTES)}  `
  const references = refersTo.map(({ section, count }) => `${section} (${count})`).join(', ')
  return [
    ...wrap(role, head, ROLE),
    ...(references === '' ? [] : wrap(`refers to ${references}`, ROLE, `${ROLE}  `)),
  ]
}
