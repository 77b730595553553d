import { expect } from 'vitest'
import { ElfError } from '../../src/elf/elf_error.ts'
import { parseElf } from '../../src/elf/parse.ts'
import { writeElf, type ElfDescription } from './elf_writer.ts'

/** The ElfError that parsing ends with; the test fails if it ends in any other way. */
export function elfErrorOf(input: ElfDescription | Uint8Array): ElfError {
  const bytes = input instanceof Uint8Array ? input : writeElf(input)
  try {
    parseElf(bytes, 'test.bpf.o')
  } catch (error) {
    expect(error).toBeInstanceOf(ElfError)
    return error as ElfError
  }
  return expect.fail('the file was parsed')
}
