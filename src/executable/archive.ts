import { byteOffset, type ByteOffset } from '../base/units.ts'
import { Reader } from '../base/reader.ts'
import { ExecutableError } from './executable_error.ts'

/** A file in a zip archive, stored as it is. */
export interface ArchiveMember {
  /** Where it starts in the archive. */
  readonly offset: ByteOffset
  /** A view of the archive's bytes. */
  readonly bytes: Uint8Array
}

/** Signatures and sizes of the structures (APPNOTE.TXT 6.3.10 of PKWARE, 4.3.7, 4.3.12 and 4.3.16). */
const LOCAL_HEADER = { signature: 0x0403_4b50, size: 30 }
const DIRECTORY_ENTRY = { signature: 0x0201_4b50, size: 46 }
const DIRECTORY_END = { signature: 0x0605_4b50, size: 22 }

/** Bytes of the comment that may follow the end of the directory. */
const MAX_COMMENT = 0xffff

/** Bit 0 of the flags. */
const ENCRYPTED = 1

/** An entry of the central directory, as far as it is needed. */
interface DirectoryEntry {
  readonly name: string
  readonly isEncrypted: boolean
  /** 0 is none. */
  readonly compression: number
  /** Bytes in the archive. */
  readonly size: number
  /** Where the local header is. */
  readonly header: number
}

/**
 * Finds a file in a zip archive. It has to be stored without compression, as Android's packages keep their libraries, which
 * are mapped from there.
 *
 * @param archive The whole archive.
 * @param name How errors call it.
 * @param member As the archive spells it, e.g. `lib/arm64-v8a/libx.so`.
 * @throws ExecutableError 'EXECUTABLE_BAD_ARCHIVE'
 */
export function findMember(archive: Uint8Array, name: string, member: string): ArchiveMember {
  const reader = archiveReader(archive, name)
  const entry = entriesOf(reader, name).find((each) => each.name === member)
  if (entry === undefined) throw bad(name, `the archive has no member ${member}`)
  if (entry.isEncrypted || entry.compression !== 0) {
    const how = entry.isEncrypted ? 'encrypted' : `compressed (method ${entry.compression})`
    throw bad(name, `member ${member} is ${how}; only what is stored as it is can be mapped and probed`)
  }
  return memberAt(reader, name, entry)
}

function archiveReader(archive: Uint8Array, name: string): Reader {
  return new Reader(archive, {
    endianness: 'little',
    fail: ({ message, offset }) => bad(name, `the archive is damaged or cut short: ${message}`, offset),
  })
}

/** The central directory, which the end of the archive says where to find. */
function entriesOf(reader: Reader, name: string): readonly DirectoryEntry[] {
  const end = directoryEnd(reader)
  if (end === undefined) throw bad(name, 'this is no zip archive: it has no end of a central directory')
  reader.seek(end + 10)
  const count = reader.u16()
  reader.skip(4, 'the size of the directory')
  reader.seek(reader.u32())
  return Array.from({ length: count }, () => readEntry(reader, name))
}

function directoryEnd(reader: Reader): number | undefined {
  const { length } = reader.bytes
  const first = Math.max(0, length - DIRECTORY_END.size - MAX_COMMENT)
  for (let at = length - DIRECTORY_END.size; at >= first; at--) {
    if (reader.seek(at).u32() !== DIRECTORY_END.signature) continue
    // The comment reaches up to the end; otherwise these bytes are part of it.
    if (at + DIRECTORY_END.size + reader.seek(at + 20).u16() === length) return at
  }
  return undefined
}

function readEntry(reader: Reader, name: string): DirectoryEntry {
  const start = reader.position
  if (reader.u32() !== DIRECTORY_ENTRY.signature) {
    throw bad(name, 'the archive is damaged: an entry of its directory does not begin like one', start)
  }
  const flags = reader.seek(start + 8).u16()
  const compression = reader.u16()
  const size = reader.seek(start + 20).u32()
  const nameLength = reader.seek(start + 28).u16()
  const rest = reader.u16() + reader.u16()
  const header = reader.seek(start + 42).u32()
  const memberName = new TextDecoder().decode(reader.take(nameLength, "a member's name"))
  reader.skip(rest, "a member's extra field and comment")
  return { name: memberName, isEncrypted: (flags & ENCRYPTED) !== 0, compression, size, header }
}

/** The local header has the name a second time, and an extra field of its own; the data follows. */
function memberAt(reader: Reader, name: string, { header, size }: DirectoryEntry): ArchiveMember {
  if (reader.seek(header).u32() !== LOCAL_HEADER.signature) {
    throw bad(
      name,
      'the archive is damaged: its directory does not point at the header of the member',
      header,
    )
  }
  const nameLength = reader.seek(header + 26).u16()
  const extraLength = reader.u16()
  const start = header + LOCAL_HEADER.size + nameLength + extraLength
  return { offset: byteOffset(start), bytes: reader.seek(start).take(size, "the member's data") }
}

function bad(object: string, found: string, offset?: number): ExecutableError {
  return new ExecutableError('EXECUTABLE_BAD_ARCHIVE', found, { object, offset })
}
