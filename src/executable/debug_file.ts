import { crc32 } from '../base/crc32.ts'
import type { ElfImage } from '../elf/image.ts'

/** Where distributions install debugging information that was split off. */
const DEBUG_ROOT = '/usr/lib/debug'

/** `type` of a note whose name is GNU (include/uapi/linux/elf.h, Linux 6.18). */
const NT_GNU_BUILD_ID = 3

/** What a file says of the one that its debugging information was moved to. */
export interface DebugFileReference {
  /** What linking computed of the contents, in hexadecimal digits; the other file has the same. */
  readonly buildId: string | undefined
  /** `.gnu_debuglink`: the file's name, without a folder, and its CRC-32. */
  readonly link: { readonly name: string; readonly crc: number } | undefined
}

/** What the linker computed of the file's contents, in hexadecimal digits; undefined where it did not. */
export function buildIdOf(image: ElfImage): string | undefined {
  const note = image
    .notes('.note.gnu.build-id')
    .find(({ name, type }) => name === 'GNU' && type === NT_GNU_BUILD_ID)
  return note && Buffer.from(note.description).toString('hex')
}

/** @throws ElfError for malformed notes */
export function debugFileReference(image: ElfImage): DebugFileReference {
  return { buildId: buildIdOf(image), link: debugLinkOf(image) }
}

/** A NUL-terminated name, padding up to a multiple of 4 bytes, and the CRC ("Separate Debug Files" in GDB's manual). */
function debugLinkOf(image: ElfImage): DebugFileReference['link'] {
  const data = image.sections.find(({ name }) => name === '.gnu_debuglink')?.data
  const end = data?.indexOf(0) ?? -1
  if (data === undefined || end <= 0) return undefined
  const name = new TextDecoder().decode(data.subarray(0, end))
  const crcAt = Math.ceil((end + 1) / 4) * 4
  if (crcAt + 4 > data.length || name.includes('/')) return undefined
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  return { name, crc: view.getUint32(crcAt, image.endianness === 'little') }
}

/**
 * Where the other file may be, the surest place first ("Separate Debug Files" in GDB's manual).
 *
 * @param path Of the file itself, absolute.
 */
export function debugFilePaths({ buildId, link }: DebugFileReference, path: string): readonly string[] {
  const folder = path.slice(0, path.lastIndexOf('/'))
  const byId =
    buildId === undefined || buildId.length < 4
      ? []
      : [`${DEBUG_ROOT}/.build-id/${buildId.slice(0, 2)}/${buildId.slice(2)}.debug`]
  const byLink =
    link === undefined
      ? []
      : [`${folder}/${link.name}`, `${folder}/.debug/${link.name}`, `${DEBUG_ROOT}${folder}/${link.name}`]
  return [...byId, ...byLink].filter((each) => each !== path)
}

/** Whether a file that was found in such a place is the right one, and not that of another build. */
export function isDebugFileOf({ buildId, link }: DebugFileReference, debugImage: ElfImage): boolean {
  const itsBuildId = buildIdOf(debugImage)
  if (buildId !== undefined && itsBuildId !== undefined) return buildId === itsBuildId
  return link?.crc === crc32(debugImage.bytes)
}
