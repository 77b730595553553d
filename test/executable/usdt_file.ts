import { ByteWriter } from '../../src/base/byte_writer.ts'
import { EM_X86_64, ET_DYN, PF_R, PF_W, PF_X, SHT_NOTE } from '../../src/elf/constants.ts'
import { type ElfImage, parseElfImage } from '../../src/elf/image.ts'
import { writeElf } from '../elf/elf_writer.ts'

/** A note of a USDT probe. */
export interface WrittenNote {
  readonly provider?: string
  readonly name?: string
  readonly arguments?: string
  readonly location?: bigint
  readonly base?: bigint
  readonly semaphore?: bigint
  /** Default 'stapsdt'. */
  readonly owner?: string
  /** Default 3. */
  readonly type?: number
  /** Another description than the one that the fields above give. */
  readonly description?: Uint8Array
}

/** Code is mapped from 0x1000 on, data from 0x3000 on, each as it lies in the file. */
export const CODE = 0x1000n
export const DATA = 0x3000n

/** A small program with USDT probes. */
export function usdtImage(notes: readonly WrittenNote[], base?: bigint): ElfImage {
  const data = Buffer.concat(notes.map(noteBytes))
  const sections = [
    { name: '.note.stapsdt', type: SHT_NOTE, alignment: 4, data },
    ...(base === undefined ? [] : [{ name: '.stapsdt.base', data: new Uint8Array(1), address: base }]),
    { name: '.text', data: new Uint8Array(0x1000) },
  ]
  const segments = [
    { flags: PF_R | PF_X, offset: 0n, address: CODE, fileSize: 0x1000n },
    { flags: PF_R | PF_W, offset: 0x800n, address: DATA, fileSize: 0x100n },
  ]
  return parseElfImage(writeElf({ type: ET_DYN, machine: EM_X86_64, sections, segments }), 'app')
}

function noteBytes(note: WrittenNote): Uint8Array {
  const owner = new TextEncoder().encode(`${note.owner ?? 'stapsdt'}\0`)
  const description = note.description ?? describe(note)
  const out = new ByteWriter('little')
    .u32(owner.length)
    .u32(description.length)
    .u32(note.type ?? 3)
  return out.raw(owner).align(4).raw(description).align(4).bytes()
}

function describe(note: WrittenNote): Uint8Array {
  const { provider = 'app', name = 'hit', arguments: places = '', semaphore = 0n, base = 0n } = note
  const out = new ByteWriter('little')
    .u64(note.location ?? CODE)
    .u64(base)
    .u64(semaphore)
  return out.raw(new TextEncoder().encode(`${provider}\0${name}\0${places}\0`)).bytes()
}
