import { BpfError, type BpfErrorOptions } from '../base/errors.ts'

export type MapErrorCode =
  /** A key or value of another length than the map's. */
  | 'MAP_BAD_SIZE'
  /** A frozen map was to be written. */
  | 'MAP_READ_ONLY'
  /** The map has no entry for the key. */
  | 'MAP_NO_ENTRY'
  /** The operation is not there for maps of this type, or not in this version. */
  | 'MAP_WRONG_TYPE'

/** A map was used in a way that it does not allow. */
export class MapError extends BpfError {
  constructor(code: MapErrorCode, message: string, options: BpfErrorOptions & { readonly map: string }) {
    super(code, message, options)
  }
}
