import { plainBytes } from '../base/plain_bytes.ts'
import { Reader } from '../base/reader.ts'
import { byteOffset, typeId, type ByteOffset, type TypeId } from '../base/units.ts'
import type { Btf } from './btf.ts'
import { BtfError } from './btf_error.ts'
import { BTF_MAGIC, BTF_VERSION } from './format.ts'

/** A parsed `.BTF.ext`: what the compiler says about the instructions of each program section. */
export interface BtfExt {
  /** What errors call the object. */
  readonly name: string
  /** The object's own BTF: types and strings. */
  readonly btf: Btf
  readonly funcInfo: readonly BtfExtSection[]
  readonly lineInfo: readonly BtfExtSection[]
  readonly coreRelos: readonly BtfExtSection[]
  /** The parts that could not be read to their ends, and why; of those, the sections before the trouble are there. */
  readonly damage: ReadonlyMap<BtfExtPart, BtfError>
}

/** The sub-sections of `.BTF.ext`. */
export type BtfExtPart = 'funcInfo' | 'lineInfo' | 'coreRelos'

/** The records of one sort for one ELF section. */
export interface BtfExtSection {
  /** The ELF section that the records are about. */
  readonly sectionName: string
  /** Bytes of each record: at least what is known here, more where the compiler is newer. */
  readonly recordSize: number
  /** How many records. */
  readonly count: number
  /** `count * recordSize` bytes, a view of the bytes that were parsed. */
  readonly records: Uint8Array
  /** Bytes from the start of `.BTF.ext` to the records. */
  readonly offset: ByteOffset
}

/** `struct bpf_func_info`. */
export interface FuncInfo {
  /** Bytes from the start of the ELF section to the function's first instruction. */
  readonly insnOffset: ByteOffset
  /** A `func`. */
  readonly typeId: TypeId
}

/** `struct bpf_line_info`. */
export interface LineInfo {
  /** Bytes from the start of the ELF section. */
  readonly insnOffset: ByteOffset
  readonly fileName: string
  /** The line's text. */
  readonly line: string
  /** From 1. */
  readonly lineNumber: number
  /** From 1; 0 where unknown. */
  readonly column: number
}

/** `struct bpf_core_relo`. */
export interface CoreRelo {
  /** Bytes from the start of the ELF section to the instruction. */
  readonly insnOffset: ByteOffset
  /** The root type, in the object's own BTF. */
  readonly typeId: TypeId
  /** Indices of members, array elements or an enumerator, e.g. `0:1:2`. */
  readonly accessString: string
  /** `enum bpf_core_relo_kind`. */
  readonly kind: number
}

export interface BtfExtOptions {
  /** The object's own BTF. */
  readonly btf: Btf
  /** What errors call the object. */
  readonly name: string
}

const FUNC_INFO_SIZE = 8
const LINE_INFO_SIZE = 16
const CORE_RELO_SIZE = 16
/** Bytes of `struct btf_ext_header` up to line_info_len; CO-RE's two fields came with LLVM 10. */
const HEADER_SIZE = 24
const HEADER_SIZE_WITH_CORE = 32

/**
 * Parses `.BTF.ext`, which Documentation/bpf/btf.rst (Linux 6.18) describes: a header that gives offset and length of each
 * sub-section, and in each the size of its records followed by, for each ELF section, the section's name, how many records
 * it has, and the records. Records are cut out here and decoded when asked for. A sub-section that makes no sense from some
 * place on is read up to there: what comes before is as good as ever.
 *
 * @throws BtfError BTF_BAD_EXT for a header that makes no sense
 */
export function parseBtfExt(bytes: Uint8Array, options: BtfExtOptions): BtfExt {
  const plain = plainBytes(bytes)
  const reader = readerOf(plain, options, 0)
  if (reader.u16() !== BTF_MAGIC) {
    throw reader.failure(
      `the magic is not 0x${BTF_MAGIC.toString(16)} in the ${options.btf.endianness}-endian order of the BTF`,
    )
  }
  const version = reader.u8()
  if (version !== BTF_VERSION) throw reader.failure(`version ${version}, only ${BTF_VERSION} is defined`)
  reader.skip(1, 'the flags')
  const headerSize = reader.u32()
  if (headerSize < HEADER_SIZE || headerSize > bytes.length) {
    throw reader.failure(`a header of ${headerSize} bytes, in ${bytes.length}`)
  }
  const damage = new Map<BtfExtPart, BtfError>()
  const part = (kind: BtfExtPart, what: string, recordSize: number): readonly BtfExtSection[] => {
    const start = headerSize + reader.u32()
    const length = reader.u32()
    const sections: BtfExtSection[] = []
    try {
      if (start + length > bytes.length) {
        throw reader.failure(
          `${what} from byte ${start} to ${start + length} ends after the ${bytes.length} bytes`,
        )
      }
      const records = readerOf(plain.subarray(start, start + length), options, start)
      parsePart(records, { what, recordSize, start, options }, sections)
    } catch (error) {
      if (!(error instanceof BtfError)) throw error
      damage.set(kind, error)
    }
    return sections
  }
  return {
    name: options.name,
    btf: options.btf,
    funcInfo: part('funcInfo', 'func_info', FUNC_INFO_SIZE),
    lineInfo: part('lineInfo', 'line_info', LINE_INFO_SIZE),
    coreRelos: headerSize < HEADER_SIZE_WITH_CORE ? [] : part('coreRelos', 'core_relo', CORE_RELO_SIZE),
    damage,
  }
}

interface Part {
  readonly what: string
  /** What is known here of a record, in bytes. */
  readonly recordSize: number
  readonly start: number
  readonly options: BtfExtOptions
}

/** @param sections Gets each section as soon as it is read, so that those before a bad one stay. */
function parsePart(
  reader: Reader,
  { what, recordSize: known, start, options }: Part,
  sections: BtfExtSection[],
): void {
  if (reader.remaining === 0) return
  const recordSize = reader.u32()
  if (recordSize < known || recordSize % 4 !== 0) {
    throw reader.failure(
      `${what} has records of ${recordSize} bytes; they have ${known} or more, a multiple of 4`,
    )
  }
  while (reader.remaining > 0) {
    const sectionName = options.btf.string(reader.u32())
    const count = reader.u32()
    if (count === 0) throw reader.failure(`${what} of section ${sectionName} has no records`)
    const offset = byteOffset(start + reader.position)
    const records = reader.take(count * recordSize, `${what} of section ${sectionName}, ${count} records`)
    sections.push({ sectionName, recordSize, count, records, offset })
  }
}

function readerOf(bytes: Uint8Array, { btf, name }: BtfExtOptions, origin: number): Reader {
  return new Reader(bytes, {
    endianness: btf.endianness,
    origin,
    fail: ({ offset, message }) => badExt(name, message, offset),
  })
}

function badExt(object: string, what: string, offset: number): BtfError {
  const message = `.BTF.ext of ${object} at byte ${offset}: ${what}.`
  return new BtfError('BTF_BAD_EXT', message, { object, section: '.BTF.ext', offset })
}

/** A reader at record `index`. */
function recordAt({ btf, name }: BtfExt, section: BtfExtSection, index: number): Reader {
  const { recordSize, count, records, sectionName, offset } = section
  if (!Number.isInteger(index) || index < 0 || index >= count) {
    throw badExt(name, `there is no record ${index} for section ${sectionName}, which has ${count}`, offset)
  }
  return readerOf(records, { btf, name }, offset).seek(index * recordSize)
}

/**
 * Record `index`, from 0, of a section of `ext.funcInfo`.
 *
 * @throws BtfError BTF_BAD_EXT where there is no such record
 */
export function decodeFuncInfo(ext: BtfExt, section: BtfExtSection, index: number): FuncInfo {
  const reader = recordAt(ext, section, index)
  return { insnOffset: byteOffset(reader.u32()), typeId: typeId(reader.u32()) }
}

/**
 * Record `index`, from 0, of a section of `ext.lineInfo`. Line and column share a word: 22 and 10 bits.
 *
 * @throws BtfError BTF_BAD_EXT where there is no such record, BTF_BAD_STRING
 */
export function decodeLineInfo(ext: BtfExt, section: BtfExtSection, index: number): LineInfo {
  const reader = recordAt(ext, section, index)
  const insnOffset = byteOffset(reader.u32())
  const fileName = ext.btf.string(reader.u32())
  const line = ext.btf.string(reader.u32())
  const position = reader.u32()
  return { insnOffset, fileName, line, lineNumber: position >>> 10, column: position & 0x3ff }
}

/**
 * Record `index`, from 0, of a section of `ext.coreRelos`.
 *
 * @throws BtfError BTF_BAD_EXT where there is no such record, BTF_BAD_STRING
 */
export function decodeCoreRelo(ext: BtfExt, section: BtfExtSection, index: number): CoreRelo {
  return readCoreRelo(recordAt(ext, section, index), ext.btf)
}

/** A record of `ext.coreRelos`. One that cannot be read costs the function that it is about, and no other. */
export interface CoreRecord {
  /** Bytes from the start of the ELF section; may be no multiple of 8. */
  readonly insnOffset: number
  /** What it says, or why that cannot be read (BTF_BAD_STRING). */
  readonly relo: CoreRelo | BtfError
}

/** All records of a section of `ext.coreRelos`, in their order. */
export function decodeCoreRelos(ext: BtfExt, section: BtfExtSection): readonly CoreRecord[] {
  const { recordSize, count, records, offset } = section
  const reader = readerOf(records, ext, offset)
  return Array.from({ length: count }, (_, index) => {
    const insnOffset = reader.seek(index * recordSize).u32()
    try {
      return { insnOffset, relo: readCoreRelo(reader.seek(index * recordSize), ext.btf) }
    } catch (error) {
      if (error instanceof BtfError) return { insnOffset, relo: error }
      throw error
    }
  })
}

function readCoreRelo(reader: Reader, btf: Btf): CoreRelo {
  const insnOffset = byteOffset(reader.u32())
  const root = typeId(reader.u32())
  const accessString = btf.string(reader.u32())
  return { insnOffset, typeId: root, accessString, kind: reader.u32() }
}
