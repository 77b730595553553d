import { BpfError, type BpfErrorOptions } from '../base/errors.ts'

const DAMAGED = 'the file is damaged or cut short: build or copy it again'
const NOT_WRITTEN_BY_A_LINKER =
  'no compiler or linker writes this: build the file again, or look at it with readelf -a'

/** What to do about each malformation; the keys are all the codes that an ElfError can have. */
const ADVICE = {
  ELF_NOT_ELF: 'give an ELF file, such as the object that clang -target bpf -c writes',
  ELF_BAD_CLASS: DAMAGED,
  ELF_BAD_ENCODING: DAMAGED,
  ELF_BAD_VERSION: DAMAGED,
  ELF_TRUNCATED: DAMAGED,
  ELF_BAD_SIZE: NOT_WRITTEN_BY_A_LINKER,
  ELF_BAD_INDEX: NOT_WRITTEN_BY_A_LINKER,
  ELF_BAD_LINK: NOT_WRITTEN_BY_A_LINKER,
  ELF_BAD_STRING: NOT_WRITTEN_BY_A_LINKER,
  ELF_BAD_OFFSET: NOT_WRITTEN_BY_A_LINKER,
  ELF_DUPLICATE_TABLE: NOT_WRITTEN_BY_A_LINKER,
  ELF_TOO_LARGE: NOT_WRITTEN_BY_A_LINKER,
} as const

export type ElfErrorCode = keyof typeof ADVICE

/**
 * A file that is no valid ELF. `message` gets what was tried and what was found; the advice that belongs to
 * the code is added to it. `offset` is counted from the start of the file.
 */
export class ElfError extends BpfError {
  constructor(code: ElfErrorCode, message: string, options: BpfErrorOptions & { readonly object: string }) {
    super(code, `${options.object}: ${message}; ${ADVICE[code]}`, options)
  }
}
