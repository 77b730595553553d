import { BpfError, type BpfErrorOptions } from '../base/errors.ts'

export type AttachErrorCode =
  /** The section's name does not say where to, or this version has no call for it. */
  | 'ATTACH_NO_TARGET'
  /** The kernel refused. `cause` says how. */
  | 'ATTACH_FAILED'
  /** What is not a bpf_link has no name in the BPF file system. */
  | 'ATTACH_NOT_PINNABLE'

/** A program could not be attached. */
export class AttachError extends BpfError {
  constructor(
    code: AttachErrorCode,
    message: string,
    options: BpfErrorOptions & { readonly program: string },
  ) {
    super(code, message, options)
  }
}
