import type {
  DefinitionMember,
  ExternReport,
  MapReport,
  MapsChapter,
  VariableReport,
} from '../explanation.ts'
import { wrap } from './layout.ts'

export function mapsText({ maps, variables, externs }: MapsChapter): readonly string[] {
  return [
    ...maps.flatMap((map) => ['', ...mapLines(map)]).slice(1),
    ...(variables.length === 0 ? [] : ['', 'Global variables:', ...variables.flatMap(variableLines)]),
    ...(externs.length === 0 ? [] : ['', 'Externs:', ...externs.flatMap(externLines)]),
  ]
}

function mapLines(map: MapReport): readonly string[] {
  const place = map.offset === undefined ? `section ${map.section}` : `byte ${map.offset} of ${map.section}`
  const attributes = map.attributes.map(({ name, value }) => `${name} = ${value}`).join(', ')
  const slots = map.initialSlots.map(({ index, target }) => `[${index}] = ${target}`).join(', ')
  return [
    ...wrap(`map ${map.name}: ${map.type}, ${place}`, '', '  '),
    ...map.definition.flatMap(definitionLines),
    ...wrap(`BPF_MAP_CREATE gets ${attributes}`, '  ', '    '),
    ...(slots === '' ? [] : wrap(`holds from the start ${slots}`, '  ', '    ')),
    ...map.notes.flatMap((note) => wrap(note, '  ', '    ')),
    ...(map.problem === undefined ? [] : wrap(`cannot be created: ${map.problem}`, '  ', '    ')),
  ]
}

function definitionLines({ declaration, encoding, meaning }: DefinitionMember): readonly string[] {
  return [
    ...wrap(declaration, '    ', '      '),
    ...wrap(`${encoding}${meaning === '' ? '' : `: ${meaning}`}`, '        in BTF ', '          '),
  ]
}

function variableLines({ declaration, section, offset, size, value }: VariableReport): readonly string[] {
  const initial = value === undefined ? '' : ` = ${value}`
  return wrap(`${declaration}${initial};  ${section}, byte ${offset}, ${size} bytes`, '  ', '      ')
}

function externLines({ name, declaration, sort, weak, resolution }: ExternReport): readonly string[] {
  const found = resolution ?? 'no program that is loaded asks for it'
  return wrap(`${name} (${weak ? 'weak ' : ''}${sort}, ${declaration}): ${found}`, '  ', '      ')
}
