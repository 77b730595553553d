import type { BtfValue } from '../btf/value.ts'
import type { EnumShape, ScalarShape, BitsShape, ValueShape } from '../btf/value_shape.ts'

/** What help texts put in place of a value: `<u64>`. */
export function valueWord(shape: ValueShape): string {
  switch (shape.kind) {
    case 'scalar':
      return shape.format
    case 'bits':
      return 'number'
    case 'enum':
      return 'name'
    case 'text':
      return 'text'
    case 'array':
    case 'record':
      return 'json'
  }
}

/** What is expected of a value, for whoever gave something else. */
export function expectedValue(shape: ValueShape): string {
  switch (shape.kind) {
    case 'scalar':
      return expectedScalar(shape)
    case 'bits':
      return shape.result === 'boolean' ? 'true or false' : `an integer of ${shape.bits} bits`
    case 'enum':
      return `${[...shape.values.keys()].join(', ')}, or a number`
    case 'text':
      return `text of at most ${Math.max(0, shape.size - 1)} bytes`
    case 'array':
      return `a JSON array of ${shape.length} elements`
    case 'record':
      return `a JSON object with members among ${shape.fields.map(({ name }) => name).join(', ')}`
  }
}

function expectedScalar({ format, size }: ScalarShape): string {
  if (format === 'bool') return 'true or false'
  if (format === 'f32' || format === 'f64') return 'a number'
  const bits = BigInt(size * 8)
  const isSigned = format.startsWith('i')
  const least = isSigned ? -(1n << (bits - 1n)) : 0n
  const most = (1n << (isSigned ? bits - 1n : bits)) - 1n
  return `an integer from ${least} to ${most}`
}

/**
 * Reads a value of this shape: integers in decimal or after 0x, enumerators by name or number, char arrays as they are, other
 * arrays and structs as JSON, where integers beyond 2^53 are strings. What this gives may still be out of the type's range.
 *
 * @returns undefined for what is none such.
 */
export function parseValue(shape: ValueShape, text: string): BtfValue | undefined {
  switch (shape.kind) {
    case 'scalar':
      return scalarOf(shape, text)
    case 'bits':
      return numberOf(shape, text)
    case 'enum':
      return enumeratorOf(shape, text)
    case 'text':
      return text
    case 'array':
    case 'record': {
      const json = parseJson(text)
      return json === undefined ? undefined : valueOfJson(shape, json)
    }
  }
}

function scalarOf({ format }: ScalarShape, text: string): BtfValue | undefined {
  if (format === 'bool') return truthOf(text)
  if (format === 'f32' || format === 'f64') return floatOf(text)
  return integerOf(text)
}

function numberOf({ result }: BitsShape, text: string): BtfValue | undefined {
  return result === 'boolean' ? truthOf(text) : integerOf(text)
}

const truths: Readonly<Record<string, boolean>> = { true: true, 1: true, false: false, 0: false }

function truthOf(text: string): boolean | undefined {
  return Object.hasOwn(truths, text) ? truths[text] : undefined
}

function integerOf(text: string): bigint | undefined {
  const match = /^(-?)(\d{1,40}|0[xX][\da-fA-F]{1,32})$/.exec(text)
  const [, sign = '', digits = '0'] = match ?? []
  if (match === null) return undefined
  return sign === '-' ? -BigInt(digits) : BigInt(digits)
}

function floatOf(text: string): number | undefined {
  return /^-?\d+(\.\d+)?([eE][-+]?\d+)?$/.test(text) ? Number(text) : undefined
}

function enumeratorOf({ values }: EnumShape, text: string): BtfValue | undefined {
  return values.has(text) ? text : integerOf(text)
}

/** JSON as it was parsed. */
type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

function parseJson(text: string): Json | undefined {
  try {
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- what JSON.parse gives is just this
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

function valueOfJson(shape: ValueShape, json: Json): BtfValue | undefined {
  if (shape.kind === 'array') {
    return Array.isArray(json) && json.length === shape.length ? elementsOf(shape.element, json) : undefined
  }
  if (shape.kind === 'record') return recordOf(shape, json)
  if (shape.kind === 'text') return typeof json === 'string' ? json : undefined
  const isPlain = typeof json === 'string' || typeof json === 'number' || typeof json === 'boolean'
  return isPlain ? parseValue(shape, String(json)) : undefined
}

function elementsOf(element: ValueShape, json: readonly Json[]): readonly BtfValue[] | undefined {
  const values: BtfValue[] = []
  for (const each of json) {
    const value = valueOfJson(element, each)
    if (value === undefined) return undefined
    values.push(value)
  }
  return values
}

function recordOf(shape: Extract<ValueShape, { kind: 'record' }>, json: Json): BtfValue | undefined {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined
  const shapes = new Map(shape.fields.map((field) => [field.name, field.shape]))
  const values: [string, BtfValue][] = []
  for (const [name, each] of Object.entries(json)) {
    const field = shapes.get(name)
    const value = field === undefined ? undefined : valueOfJson(field, each)
    if (value === undefined) return undefined
    values.push([name, value])
  }
  return Object.fromEntries(values)
}
