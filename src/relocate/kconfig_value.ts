import type { Endianness } from '../base/reader.ts'
import type { KconfigExtern } from '../object/extern_spec.ts'

/** The bytes of a variable, or why it cannot hold the value. */
export type EncodedKconfig =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'problem'; readonly problem: string }

/** `enum libbpf_tristate`. */
const TRISTATE = { n: 0n, y: 1n, m: 2n } as const

const NEEDS_NUMBER: EncodedKconfig = { kind: 'problem', problem: 'a number needs an integer or a char' }

type Letter = keyof typeof TRISTATE

/**
 * Encodes the value of an option as it stands in a configuration: `y`, `m`, a number, a string in quotes. The type of the
 * variable has to fit: `set_kcfg_value_tri`, `set_kcfg_value_str` and `set_kcfg_value_num` of tools/lib/bpf/libbpf.c
 * (bpf-next with libbpf 1.6) accept the same. A string that is too long is cut.
 */
export function encodeConfigValue(
  extern: KconfigExtern,
  value: string,
  endianness: Endianness,
): EncodedKconfig {
  const first = value.slice(0, 1)
  if (first === 'y' || first === 'n' || first === 'm') return encodeLetter(extern, first, endianness)
  if (first === '"') return encodeString(extern, value)
  const number = parseNumber(value)
  if (number === undefined) return problem('it is no number of 64 bits')
  if (extern.holds.kind === 'bool') return NEEDS_NUMBER
  return encodeNumber(extern, number, endianness)
}

/** Encodes a number, or a bool as 0 or 1. @param value Of 64 bits, unsigned: -1 is 2^64 - 1. */
export function encodeNumber(extern: KconfigExtern, value: bigint, endianness: Endianness): EncodedKconfig {
  const { holds, size } = extern
  switch (holds.kind) {
    case 'bool':
      if (value > 1n) return problem('a bool is 0 or 1')
      return written(value, size, endianness)
    case 'char':
    case 'int':
      if (!isInRange(value, size, holds.signed)) {
        return problem(
          `it does not fit into ${holds.signed ? 'a signed' : 'an unsigned'} integer of ${size * 8} bits`,
        )
      }
      return written(value, size, endianness)
    case 'tristate':
    case 'string':
    case 'unsupported':
      return NEEDS_NUMBER
  }
}

function encodeLetter(
  { holds, size }: KconfigExtern,
  letter: Letter,
  endianness: Endianness,
): EncodedKconfig {
  switch (holds.kind) {
    case 'bool':
      if (letter === 'm')
        return problem('a bool cannot tell that it is built as a module; declare an enum libbpf_tristate')
      return written(TRISTATE[letter], size, endianness)
    case 'tristate':
      return written(TRISTATE[letter], size, endianness)
    case 'char':
      return written(BigInt(letter.charCodeAt(0)), size, endianness)
    case 'int':
    case 'string':
    case 'unsupported':
      return problem('a tristate needs a bool, an enum libbpf_tristate or a char')
  }
}

function encodeString({ holds, size }: KconfigExtern, value: string): EncodedKconfig {
  if (holds.kind !== 'string') return problem('a string needs an array of char')
  if (value.length < 2 || !value.endsWith('"')) return problem('the string has no closing quote')
  const text = new TextEncoder().encode(value.slice(1, -1))
  const bytes = new Uint8Array(size)
  // The last byte stays NUL.
  bytes.set(text.subarray(0, size - 1))
  return { kind: 'bytes', bytes }
}

const NUMBER = /^[ \t]*([+-]?)(?:(0[xX][\da-fA-F]+)|(0[0-7]*)|([1-9]\d*))$/

/** A number as strtoull(3) reads it with base 0; undefined for anything else, and beyond 64 bits. */
function parseNumber(text: string): bigint | undefined {
  if (text.length > MAX_DIGITS) return undefined
  const match = NUMBER.exec(text)
  if (match === null) return undefined
  const [, sign, hexadecimal, octal, decimal] = match
  const magnitude = BigInt(hexadecimal ?? decimal ?? `0o${octal ?? ''}`)
  if (magnitude >= 1n << 64n) return undefined
  return BigInt.asUintN(64, sign === '-' ? -magnitude : magnitude)
}

/** Far more than a number of 64 bits takes. */
const MAX_DIGITS = 100

function isInRange(value: bigint, size: number, signed: boolean): boolean {
  const bits = size * 8
  return BigInt.asUintN(64, signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value)) === value
}

function written(value: bigint, size: number, endianness: Endianness): EncodedKconfig {
  const bytes = new Uint8Array(size)
  for (let index = 0; index < size; index++) {
    const place = endianness === 'little' ? index : size - 1 - index
    bytes[place] = Number(BigInt.asUintN(8, value >> BigInt(index * 8)))
  }
  return { kind: 'bytes', bytes }
}

function problem(text: string): EncodedKconfig {
  return { kind: 'problem', problem: text }
}
