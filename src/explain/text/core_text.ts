import type { CandidateReport, CoreAccess, Explanation, PlaceReport, TypeReport } from '../explanation.ts'
import { counted, sideBySide, wrap } from './layout.ts'

type Types = Explanation['types']

export function coreText({ chapters, types }: Explanation): readonly string[] {
  return chapters.core.accesses
    .flatMap((access, index) => ['', ...accessLines(access, index + 1, types)])
    .slice(1)
}

function accessLines(access: CoreAccess, number: number, types: Types): readonly string[] {
  const { source, before, after, candidates } = access
  const line =
    source === undefined
      ? []
      : wrap(`${source.text}  (${source.fileName}:${source.lineNumber})`, '  ; ', '  ;   ')
  return [
    ...wrap(`${number}. ${access.expression}`, '', '   '),
    ...line,
    ...wrap(`${access.question} ${access.kind} of ${access.subject}, ${answer(access)}`, '  ', '    '),
    ...wrap(placeText(access), '  ', '    '),
    ...layouts(access, types),
    ...candidates.flatMap(candidateLines),
    ...(candidates.length === 0 && access.kind !== 'type_id_local'
      ? ['  the kernel has no type of that name']
      : []),
    ...(before === after
      ? wrap(`${after} stays`, '  instruction: ', '    ')
      : [...wrap(before, '  before: ', '    '), ...wrap(after, '  after:  ', '    ')]),
  ]
}

function answer({ expected, value, outcome }: CoreAccess): string {
  if (value === undefined) return 'which the kernel does not have, so that the instruction is poisoned'
  const there = expected === undefined ? value : `${expected} in the object's types, ${value} in the kernel's`
  return outcome === 'poisoned' ? `${there}, of a size that this access would misread: poisoned` : there
}

function placeText({ function: name, insn, places, accessString }: CoreAccess): string {
  const linked = places.filter((place) => place.program !== name || place.insn !== insn)
  const copies = linked.map((place) => `${place.insn} of program ${place.program}`).join(', ')
  const also = copies === '' ? '' : `, which is instruction ${copies}`
  return `instruction ${insn} of ${name}${also}; access string ${accessString}`
}

/** Members of the struct around the one that is marked. */
const AROUND = 2

/** Both structs, as far as they are about the access. A type without members has nothing to show. */
function layouts({ local, candidates }: CoreAccess, types: Types): readonly string[] {
  const target = candidates.find(({ matches }) => matches) ?? candidates[0]
  if (local.type === undefined || local.members.length === 0) return []
  const left = layoutLines('in the object', local, types)
  const right = target === undefined ? [] : layoutLines(`in ${target.btf}`, target.place, types)
  return sideBySide(left, right, '    ')
}

function layoutLines(where: string, place: PlaceReport, types: Types): readonly string[] {
  const type = place.type === undefined ? undefined : types[place.type]
  if (type === undefined) return [`${where}: no struct`, place.name]
  return [`${where}: ${counted(type.size, 'byte')}`, type.name, ...memberLines(type, place.members[0])]
}

function memberLines({ members }: TypeReport, marked: number | undefined): readonly string[] {
  const first = Math.max(0, (marked ?? 0) - AROUND)
  const end = Math.min(members.length, (marked ?? 0) + AROUND + 1)
  const shown = members.slice(first, end).map(({ declaration, bitOffset }, index) => {
    const mark = first + index === marked ? '>' : ' '
    const byte = bitOffset === undefined ? '' : `${bitOffset / 8} `.padStart(6)
    return `${mark}${byte}${declaration}`
  })
  const before = first === 0 ? [] : [`   ... ${first} before`]
  const after = end === members.length ? [] : [`   ... ${members.length - end} behind`]
  return [...before, ...shown, ...after]
}

function candidateLines({ btf, place, matches, why }: CandidateReport): readonly string[] {
  const verdict = matches ? 'matches' : 'does not match'
  return wrap(`${place.name}, type ${place.id} of ${btf}, ${verdict}: it ${why}`, '  candidate: ', '    ')
}
