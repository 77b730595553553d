import { BpfError } from '../../base/errors.ts'
import { resolve } from '../../btf/resolve.ts'
import type { BtfValue } from '../../btf/value.ts'
import type { LoadedObject, ObjectSpec } from '../../index.ts'
import { jsonText } from '../../tool/json.ts'
import type { LineWriter } from '../../tool/line_writer.ts'
import { clock } from '../../tool/printable.ts'
import { mapJson, mapText, unlistedText } from './map_text.ts'
import { type MapContents, type MapEntry, readMap } from './read_map.ts'

/** Where what the maps hold goes. */
export interface MapOutput {
  readonly writer: LineWriter
  readonly format: 'table' | 'json'
  /** Gets a line about a map that cannot be read. */
  readonly tell: (line: string) => void
}

/** Prints what an object's maps and variables hold now. */
export function printMaps(spec: ObjectSpec, object: LoadedObject, { writer, format, tell }: MapOutput): void {
  const now = new Date()
  if (format === 'table') writer.write(`\n${clock(now)}\n`)
  const print = (contents: MapContents): void => {
    if (format === 'table') writer.write(mapText(contents))
    else writer.write(`${jsonText({ time: now.toISOString(), ...mapJson(contents) })}\n`)
  }
  for (const map of object.maps.values()) {
    if (map.attributes.origin?.kind === 'data' || map.name === '.kconfig') continue
    try {
      const contents = readMap(map)
      if (contents !== undefined) print(contents)
      else if (format === 'table') writer.write(unlistedText(map))
    } catch (error) {
      if (!(error instanceof BpfError)) throw error
      tell(error.message)
    }
  }
  const entries = variablesOf(spec, object)
  if (entries.length > 0) print({ name: 'variables', kind: '.data and .bss', isPerCpu: false, entries })
}

/** The variables that programs may change, without pointers: addresses, or there for nothing but their type. */
export function variablesOf(
  { variables, btf }: Pick<ObjectSpec, 'variables' | 'btf'>,
  { globals }: Pick<LoadedObject, 'globals'>,
): readonly MapEntry[] {
  const changing = new Set(
    variables
      .filter(({ sectionName }) => /^\.(?:data|bss)(?:\.|$)/.test(sectionName))
      .filter(({ type }) => btf === undefined || resolve(btf, type).kind !== 'ptr')
      .map(({ name }) => name),
  )
  const entries: MapEntry[] = []
  for (const name of Object.keys(globals)) {
    const value: BtfValue | undefined = changing.has(name) ? readVariable(globals, name) : undefined
    if (value !== undefined) entries.push({ key: name, values: [value] })
  }
  return entries
}

/** Not all variables are values that JavaScript has. */
function readVariable(globals: LoadedObject['globals'], name: string): BtfValue | undefined {
  try {
    return globals[name]
  } catch (error) {
    if (error instanceof BpfError) return undefined
    throw error
  }
}
