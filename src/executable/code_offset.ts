import { byteOffset, type ByteOffset } from '../base/units.ts'
import { ET_DYN, ET_EXEC, PF_X, PT_LOAD } from '../elf/constants.ts'
import type { ElfImage } from '../elf/image.ts'
import type { ElfSegment } from '../elf/segments.ts'
import { ExecutableError } from './executable_error.ts'

/** @throws ExecutableError 'EXECUTABLE_WRONG_TYPE' for what is neither a program nor a shared library */
export function requireExecutable({ name, type }: ElfImage): void {
  if (type === ET_EXEC || type === ET_DYN) return
  throw new ExecutableError(
    'EXECUTABLE_WRONG_TYPE',
    `this ELF file is of type ${type}, neither a program (ET_EXEC = 2) nor a shared library or position-independent ` +
      'program (ET_DYN = 3); only these are mapped and run',
    { object: name },
  )
}

/** The PT_LOAD segment that an address is in, and where in the file that address is. */
export interface MappedPlace {
  readonly segment: ElfSegment
  /** From the start of the ELF file. */
  readonly offset: ByteOffset
}

/**
 * Where in the file the bytes are that are mapped to an address: what the kernel wants of a probe (Documentation/trace/
 * uprobetracer.rst, Linux 6.18). Addresses count in an ET_DYN file from wherever it gets mapped.
 *
 * @returns undefined where no segment has the address
 */
export function mappedPlace({ segments }: ElfImage, address: bigint): MappedPlace | undefined {
  const segment = segments.find(
    (each) => each.type === PT_LOAD && each.address <= address && address < each.address + each.memorySize,
  )
  if (segment === undefined) return undefined
  return { segment, offset: byteOffset(segment.offset + Number(address - segment.address)) }
}

/**
 * The same for code.
 *
 * @param what Names the place in errors, e.g. `function main`.
 * @throws ExecutableError 'EXECUTABLE_NOT_CODE'
 */
export function codeOffset(image: ElfImage, address: bigint, what: string): ByteOffset {
  const place = mappedPlace(image, address)
  const fail = (found: string): never => {
    throw new ExecutableError(
      'EXECUTABLE_NOT_CODE',
      `${what} is at address 0x${address.toString(16)}, ${found}; a probe needs an instruction`,
      { object: image.name },
    )
  }
  if (place === undefined) return fail('which no PT_LOAD segment maps')
  if ((place.segment.flags & PF_X) === 0) return fail('in a segment that is not mapped to be executed')
  if (place.offset >= image.bytes.length) return fail(`beyond the ${image.bytes.length} bytes of the file`)
  return place.offset
}
