import { BpfError, type BpfErrorOptions } from '../base/errors.ts'

export type AttachErrorCode =
  /** The section's name does not say where to, or this version has no call for it. */
  | 'ATTACH_NO_TARGET'
  /** The kernel refused. `cause` says how. */
  | 'ATTACH_FAILED'
  /** Another program is attached there, which has to go first. `cause` says how the kernel put it. */
  | 'ATTACH_OCCUPIED'
  /** Programs of this type are attached to other things. */
  | 'ATTACH_WRONG_PROGRAM'
  /** What is not a bpf_link has no name in the BPF file system. */
  | 'ATTACH_NOT_PINNABLE'
  /** What is not a bpf_link can be closed, and nothing else. */
  | 'ATTACH_NO_LINK'
  /** The kernel did not put another program in the place of a link's. `cause` says why. */
  | 'ATTACH_UPDATE_FAILED'
  /** The kernel did not detach a link that stays open. `cause` says why. */
  | 'ATTACH_DETACH_FAILED'
  /** The link is none of an iterator, or the kernel did not open it. `cause` says why. */
  | 'ATTACH_NO_ITERATOR'
  /** The object has not the maps that USDT programs need. */
  | 'ATTACH_NO_USDT_MAPS'
  /** The object's map for USDT probes has no more room. */
  | 'ATTACH_USDT_FULL'

/** A program could not be attached, or its link not do what was asked of it. */
export class AttachError extends BpfError {
  declare readonly code: AttachErrorCode

  constructor(
    code: AttachErrorCode,
    message: string,
    options: BpfErrorOptions & { readonly program: string },
  ) {
    super(code, message, options)
  }
}
