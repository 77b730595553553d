import { expect, test } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import { ElfError } from '../../src/elf/elf_error.ts'

test('An ElfError is a BpfError whose message names the file, what was found, and what to do', () => {
  const error = new ElfError('ELF_TRUNCATED', 'cannot read the ELF header: 3 bytes are left', {
    object: 'boot.bpf.o',
    section: '.text',
    offset: 12,
  })
  expect(error).toBeInstanceOf(BpfError)
  expect(error).toMatchObject({
    name: 'ElfError',
    code: 'ELF_TRUNCATED',
    object: 'boot.bpf.o',
    section: '.text',
    offset: 12,
    message:
      'boot.bpf.o: cannot read the ELF header: 3 bytes are left; the file is damaged or cut short: build or copy it again',
  })
})
