import { BpfError, type BpfErrorOptions } from '../base/errors.ts'

export type MapErrorCode =
  /** A key or value of another length than the map's. */
  | 'MAP_BAD_SIZE'
  /** A frozen map, or one that was opened for reading, was to be written. */
  | 'MAP_READ_ONLY'
  /** The map has no entry for the key, or an array no such index. */
  | 'MAP_NO_ENTRY'
  /** The map has an entry for the key already. */
  | 'MAP_ENTRY_EXISTS'
  /** The map has no room for one more entry. */
  | 'MAP_FULL'
  /** The operation is not there for maps of this kind, or not in this version. */
  | 'MAP_WRONG_TYPE'
  /** The entries of one bucket are more than a batch has room for. */
  | 'MAP_BATCH_TOO_SMALL'
  /** Entries are added and deleted so fast that walking through the map has no end. */
  | 'MAP_WALK_GIVEN_UP'
  /** No map has that id or name, or nothing is pinned at that path. */
  | 'MAP_NOT_FOUND'
  /** Several maps have that name. */
  | 'MAP_AMBIGUOUS_NAME'
  /** The kernel refused to create a map, or an operation on one, for another reason; the cause has its errno. */
  | 'MAP_REFUSED'

/** A map was used in a way that it does not allow. */
export class MapError extends BpfError {
  declare readonly code: MapErrorCode

  constructor(code: MapErrorCode, message: string, options: BpfErrorOptions & { readonly map: string }) {
    super(code, message, options)
  }
}
