import { Reader } from '../base/reader.ts'
import type { ElfImage } from '../elf/image.ts'
import type { ElfNote } from '../elf/notes.ts'
import { ExecutableError } from './executable_error.ts'

/**
 * A USDT probe at one place of the code, as <sys/sdt.h> wrote it down. A probe that was inlined is at several places and has
 * a note for each.
 */
export interface UsdtNote {
  readonly provider: string
  readonly name: string
  /** Where each argument is, in the assembler's words: `-4@%edi 8@-16(%rbp)`. */
  readonly arguments: string
  /** The address of the `nop`. */
  readonly location: bigint
  /** The address that section `.stapsdt.base` had when this was written; 0 where there was none. */
  readonly base: bigint
  /** The address of the counter of those who listen; 0 where the probe has none. */
  readonly semaphore: bigint
}

const SECTION = '.note.stapsdt'
const OWNER = 'stapsdt'
const NT_STAPSDT = 3

/**
 * Reads the notes of all USDT probes (https://sourceware.org/systemtap/wiki/UserSpaceProbeImplementation); none where the file
 * has no section `.note.stapsdt`. Notes of others in that section are passed over.
 *
 * @throws ExecutableError 'EXECUTABLE_BAD_USDT'; ElfError 'ELF_TRUNCATED'
 */
export function usdtNotes(image: ElfImage): readonly UsdtNote[] {
  return image
    .notes(SECTION)
    .filter(({ name, type }) => name === OWNER && type === NT_STAPSDT)
    .map((note) => readNote(image, note))
}

/** Three addresses and three NUL-terminated strings. */
function readNote(image: ElfImage, { description, offset }: ElfNote): UsdtNote {
  const { name: object, endianness } = image
  const reader = new Reader(description, {
    endianness,
    origin: offset,
    fail: (problem) => badNote(object, problem.message, problem.offset),
  })
  const address = (): bigint => (image.class === 64 ? reader.u64() : BigInt(reader.u32()))
  const [location, base, semaphore] = [address(), address(), address()]
  const text = (what: string): string => {
    const start = reader.position
    const end = description.indexOf(0, start)
    if (end === -1) throw badNote(object, `${what} has no NUL at its end`, offset + start)
    const bytes = reader.take(end - start, what)
    reader.skip(1, 'a NUL')
    return new TextDecoder().decode(bytes)
  }
  const provider = text("the provider's name")
  const name = text("the probe's name")
  if (name === '') throw badNote(object, "the probe's name is empty", offset)
  const written = text('the arguments')
  // A lone colon stands for no arguments, as assemblers without support for them write it.
  const arguments_ = written.startsWith(':') ? '' : written
  return { provider, name, arguments: arguments_, location, base, semaphore }
}

function badNote(object: string, found: string, offset: number): ExecutableError {
  return new ExecutableError('EXECUTABLE_BAD_USDT', `a note in section ${SECTION} is malformed: ${found}`, {
    object,
    section: SECTION,
    offset,
  })
}
