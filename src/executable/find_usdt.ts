import type { ByteOffset } from '../base/units.ts'
import { PF_X } from '../elf/constants.ts'
import type { ElfImage } from '../elf/image.ts'
import { listOfNames } from '../base/list_of_names.ts'
import { closestNames } from '../object/closest_names.ts'
import { codeOffset, mappedPlace } from './code_offset.ts'
import { ExecutableError } from './executable_error.ts'
import { type UsdtNote, usdtNotes } from './usdt_notes.ts'

/** One of the places of a USDT probe. */
export interface UsdtPlace {
  /** The address of the `nop`, as the file has it. */
  readonly address: bigint
  /** Where in the file it is. */
  readonly offset: ByteOffset
  /** Where in the file the counter is that the kernel keeps above 0 while somebody listens; undefined where there is none. */
  readonly semaphore: ByteOffset | undefined
  /** Where each argument is, in the assembler's words. */
  readonly arguments: string
}

/** What a probe is called: `provider:name`. */
export interface UsdtName {
  readonly provider: string
  readonly name: string
}

/**
 * Finds all places of a USDT probe.
 *
 * @throws ExecutableError 'EXECUTABLE_NO_USDT', which names close ones, 'EXECUTABLE_BAD_USDT', 'EXECUTABLE_NOT_CODE'; ElfError
 */
export function findUsdt(image: ElfImage, wanted: UsdtName): readonly UsdtPlace[] {
  const notes = usdtNotes(image)
  const found = notes.filter(({ provider, name }) => provider === wanted.provider && name === wanted.name)
  if (found.length === 0) throw noProbe(image, wanted, notes)
  return found.map((note) => placeOf(image, note))
}

/**
 * Notes are not mapped, so prelink(8) and the like, which move the code, leave them as they are; they do move the section
 * `.stapsdt.base`, and a note has the address that this had before.
 */
function placeOf(image: ElfImage, note: UsdtNote): UsdtPlace {
  const base = image.sections.find(({ name }) => name === '.stapsdt.base')?.address ?? 0n
  const moved = base !== 0n && note.base !== 0n ? base - note.base : 0n
  const address = BigInt.asUintN(64, note.location + moved)
  return {
    address,
    offset: codeOffset(image, address, `USDT probe ${note.provider}:${note.name}`),
    semaphore: note.semaphore === 0n ? undefined : semaphoreOffset(image, note, moved),
    arguments: note.arguments,
  }
}

function semaphoreOffset(image: ElfImage, note: UsdtNote, moved: bigint): ByteOffset {
  const address = BigInt.asUintN(64, note.semaphore + moved)
  const place = mappedPlace(image, address)
  if (place !== undefined && (place.segment.flags & PF_X) === 0) return place.offset
  const where = place === undefined ? 'which no PT_LOAD segment maps' : 'among the code'
  throw new ExecutableError(
    'EXECUTABLE_BAD_USDT',
    `the semaphore of USDT probe ${note.provider}:${note.name} is at address 0x${address.toString(16)}, ${where}`,
    { object: image.name },
  )
}

function noProbe(
  { name: object }: ElfImage,
  { provider, name }: UsdtName,
  notes: readonly UsdtNote[],
): ExecutableError {
  if (notes.length === 0) {
    return new ExecutableError(
      'EXECUTABLE_NO_USDT',
      'it has no USDT probes: there is no section .note.stapsdt, which <sys/sdt.h> makes where it is used',
      { object },
    )
  }
  const written = `${provider}:${name}`
  const known = [...new Set(notes.map((note) => `${note.provider}:${note.name}`))].sort()
  const meant = closestNames(known.map((each) => ({ written, known: each, name: each })))
  const hint = meant.length > 0 ? `did you mean ${meant.join(' or ')}?` : `it has ${listOfNames(known)}`
  return new ExecutableError('EXECUTABLE_NO_USDT', `there is no USDT probe ${written}; ${hint}`, { object })
}
