import { deflateRawSync } from 'node:zlib'
import { ByteWriter } from '../../src/base/byte_writer.ts'
import { crc32 } from '../../src/base/crc32.ts'

/** A member of an archive to be written. */
export interface ZipMember {
  readonly name: string
  readonly data: Uint8Array
  /** Default 'stored'. */
  readonly how?: 'stored' | 'deflated' | 'encrypted'
  /** Bytes of the extra field, which Android's tools use for alignment. Default 0. */
  readonly extra?: number
}

/** Writes a zip archive (APPNOTE.TXT 6.3.10 of PKWARE) for tests. */
export function writeZip(members: readonly ZipMember[], comment = ''): Uint8Array {
  const out = new ByteWriter('little')
  const directory = new ByteWriter('little')
  for (const { name, data, how = 'stored', extra = 0 } of members) {
    const header = out.length
    const bytes = how === 'deflated' ? deflateRawSync(data) : data
    const text = new TextEncoder().encode(name)
    const common = (to: ByteWriter): ByteWriter => {
      to.u16(20)
        .u16(how === 'encrypted' ? 1 : 0)
        .u16(how === 'deflated' ? 8 : 0)
      return to.u32(0).u32(crc32(data)).u32(bytes.length).u32(data.length).u16(text.length)
    }
    common(out.u32(0x04034b50)).u16(extra).raw(text).raw(new Uint8Array(extra)).raw(bytes)
    common(directory.u32(0x02014b50).u16(20)).u16(0).u16(0).u16(0).u16(0).u32(0).u32(header).raw(text)
  }
  const start = out.length
  const entries = directory.bytes()
  const note = new TextEncoder().encode(comment)
  out.raw(entries).u32(0x06054b50).u16(0).u16(0).u16(members.length).u16(members.length)
  return out.u32(entries.length).u32(start).u16(note.length).raw(note).bytes()
}
