import { EM_AARCH64, EM_X86_64 } from '../elf/constants.ts'
import { ARM64_REGISTERS, X86_64_REGISTERS } from './usdt_registers.ts'

/** An argument of a USDT probe: how large it is, and where it is when the probe is hit. */
export interface UsdtArgument {
  /** Bytes. */
  readonly size: 1 | 2 | 4 | 8
  readonly isSigned: boolean
  readonly location: UsdtLocation
}

/** Registers are given by the offset of theirs in `struct pt_regs`. */
export type UsdtLocation =
  | { readonly kind: 'constant'; readonly value: bigint }
  | { readonly kind: 'register'; readonly register: number }
  /** In memory, at what the register holds plus `offset`. */
  | { readonly kind: 'memory'; readonly register: number; readonly offset: bigint }
  /** In memory, at register + offset + index * scale. */
  | {
      readonly kind: 'indexed'
      readonly register: number
      readonly offset: bigint
      readonly index: number
      readonly scale: 1 | 2 | 4 | 8
    }

/** What could not be read, in words that follow the name of the probe. */
export class UsdtArgumentProblem {
  readonly kind = 'problem'
  readonly message: string

  constructor(message: string) {
    this.message = message
  }
}

/** How the assembler of one machine writes places. */
interface Grammar {
  readonly registers: ReadonlyMap<string, number>
  /** The first form that fits is taken. Each starts at a location and takes no more than it. */
  readonly forms: readonly {
    readonly pattern: RegExp
    readonly read: (groups: Groups, registers: ReadonlyMap<string, number>) => UsdtLocation | string
  }[]
}

type Groups = Readonly<Record<string, string | undefined>>

/** A 64-bit number in decimal digits, as `%ld` of scanf(3) takes it. */
const NUMBER = String.raw`[+-]?\d{1,20}`

/**
 * By `e_machine`. These are the forms that libbpf 1.6 knows (`parse_usdt_arg` in src/usdt.c); compilers may write others, such
 * as the name of a variable, which no BPF program could follow.
 */
const GRAMMARS: ReadonlyMap<number, Grammar> = new Map([
  [
    EM_X86_64,
    {
      registers: X86_64_REGISTERS,
      forms: [
        // -96(%rbp,%rax,8)
        {
          pattern: sticky(
            `(?<offset>${NUMBER})?\\s*\\(\\s*%(?<register>\\w+)\\s*,\\s*%(?<index>\\w+)\\s*(?:,\\s*(?<scale>\\d{1,2})\\s*)?\\)`,
          ),
          read: readIndexed,
        },
        // -20(%rbp)
        { pattern: sticky(`(?<offset>${NUMBER})?\\s*\\(\\s*%(?<register>\\w+)\\s*\\)`), read: readMemory },
        // %eax
        { pattern: sticky(`%(?<register>\\w+)`), read: readRegister },
        // $-9
        { pattern: sticky(`\\$(?<value>${NUMBER})`), read: readConstant },
      ],
    },
  ],
  [
    EM_AARCH64,
    {
      registers: ARM64_REGISTERS,
      forms: [
        // [sp, 96] and [sp]
        {
          pattern: sticky(`\\[\\s*(?<register>[a-z0-9]+)\\s*(?:,\\s*(?<offset>${NUMBER})\\s*)?\\]`),
          read: readMemory,
        },
        // 5
        { pattern: sticky(`(?<value>${NUMBER})(?![\\w])`), read: readConstant },
        // x4
        { pattern: sticky(`(?<register>[a-z0-9]+)`), read: readRegister },
      ],
    },
  ],
])

/** `struct __bpf_usdt_spec` of <bpf/usdt.bpf.h> has room for so many (BPF_USDT_MAX_ARG_CNT). */
export const MAX_USDT_ARGUMENTS = 12

const SIZE = sticky(String.raw`(?<size>[+-]?\d{1,2})\s*@\s*`)
const SPACE = /\s*/y

/**
 * Reads where the arguments of a USDT probe are: `-4@%edi 8@-16(%rbp) 4@$7` are a signed int in a register, 8 bytes on the
 * stack and a constant.
 *
 * @param machine `e_machine`: each assembler writes places in its own way.
 */
export function readUsdtArguments(
  text: string,
  machine: number,
): readonly UsdtArgument[] | UsdtArgumentProblem {
  const grammar = GRAMMARS.get(machine)
  if (grammar === undefined) {
    return new UsdtArgumentProblem(
      `its arguments are written for machine ${machine}; those of x86-64 (62) and arm64 (183) can be read`,
    )
  }
  const found: UsdtArgument[] = []
  let at = skipSpace(text, 0)
  while (at < text.length) {
    if (found.length === MAX_USDT_ARGUMENTS) {
      return new UsdtArgumentProblem(`it has more than ${MAX_USDT_ARGUMENTS} arguments`)
    }
    const read = readArgument(text, at, grammar)
    if (typeof read === 'string') return problemAt(text, found.length, read)
    found.push(read.argument)
    at = skipSpace(text, read.end)
  }
  return found
}

function readArgument(
  text: string,
  start: number,
  { forms, registers }: Grammar,
): { readonly argument: UsdtArgument; readonly end: number } | string {
  const size = matchAt(SIZE, text, start)
  if (size === undefined) return 'it does not begin with a size and @'
  const bytes = sizeOf(Number(size.groups['size']))
  if (bytes === undefined) return `it has ${size.groups['size'] ?? ''} bytes, not 1, 2, 4 or 8`
  for (const { pattern, read } of forms) {
    const place = matchAt(pattern, text, size.end)
    if (place === undefined) continue
    const location = read(place.groups, registers)
    return typeof location === 'string' ? location : { argument: { ...bytes, location }, end: place.end }
  }
  return 'what follows the @ is no constant, no register and no memory that a register points at'
}

/** Signed sizes are written with a minus sign. */
function sizeOf(written: number): Pick<UsdtArgument, 'size' | 'isSigned'> | undefined {
  const size = Math.abs(written)
  if (size !== 1 && size !== 2 && size !== 4 && size !== 8) return undefined
  return { size, isSigned: written < 0 }
}

function readConstant({ value = '' }: Groups): UsdtLocation {
  return { kind: 'constant', value: BigInt.asIntN(64, BigInt(value)) }
}

function readRegister(
  { register = '' }: Groups,
  registers: ReadonlyMap<string, number>,
): UsdtLocation | string {
  const known = registers.get(register)
  return known === undefined ? unknownRegister(register) : { kind: 'register', register: known }
}

function readMemory(
  { register = '', offset = '0' }: Groups,
  registers: ReadonlyMap<string, number>,
): UsdtLocation | string {
  const known = registers.get(register)
  if (known === undefined) return unknownRegister(register)
  return { kind: 'memory', register: known, offset: BigInt.asIntN(64, BigInt(offset)) }
}

function readIndexed(groups: Groups, registers: ReadonlyMap<string, number>): UsdtLocation | string {
  const memory = readMemory(groups, registers)
  if (typeof memory === 'string' || memory.kind !== 'memory') return memory
  const { index = '', scale: written = '1' } = groups
  const known = registers.get(index)
  if (known === undefined) return unknownRegister(index)
  const scale = Number(written)
  if (scale !== 1 && scale !== 2 && scale !== 4 && scale !== 8)
    return `its scale is ${written}, not 1, 2, 4 or 8`
  return { ...memory, kind: 'indexed', index: known, scale }
}

const unknownRegister = (name: string): string => `struct pt_regs has no register ${name}`

function problemAt(text: string, index: number, found: string): UsdtArgumentProblem {
  return new UsdtArgumentProblem(
    `argument ${index + 1} of ${JSON.stringify(text.slice(0, MAX_SHOWN))} cannot be read: ${found}`,
  )
}

/** Characters of the arguments that a message shows. */
const MAX_SHOWN = 200

function sticky(pattern: string): RegExp {
  return new RegExp(pattern, 'y')
}

function matchAt(
  pattern: RegExp,
  text: string,
  at: number,
): { readonly groups: Groups; readonly end: number } | undefined {
  pattern.lastIndex = at
  const match = pattern.exec(text)
  return match === null ? undefined : { groups: match.groups ?? {}, end: at + match[0].length }
}

function skipSpace(text: string, at: number): number {
  return matchAt(SPACE, text, at)?.end ?? at
}
