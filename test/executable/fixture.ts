import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ElfImage, parseElfImage } from '../../src/elf/image.ts'

/** Where a file of test/fixtures/executable is. scripts/build-executable-fixtures.sh says what each one is. */
export function fixturePath(name: string): string {
  return join(import.meta.dirname, '../fixtures/executable', name)
}

export function fixtureBytes(name: string): Uint8Array {
  return readFileSync(fixturePath(name))
}

export function fixtureImage(name: string): ElfImage {
  return parseElfImage(fixtureBytes(name), name)
}
