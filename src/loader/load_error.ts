import { BpfError, type BpfErrorOptions } from '../base/errors.ts'

export type LoadErrorCode =
  /** The kernel does not take the object's BTF; the message has the end of its log. */
  | 'LOAD_BTF_REFUSED'
  /** The kernel does not create a map, or does not take what it is to hold. */
  | 'LOAD_MAP_REFUSED'
  /** The object's definition of a map has something that this version does not know. */
  | 'LOAD_MAP_NOT_UNDERSTOOD'
  /** A map or program that a map is to hold from the start is not loaded. */
  | 'LOAD_SLOT_TARGET_MISSING'
  /** The `__arena` variables do not fit into the arena. */
  | 'LOAD_ARENA_TOO_SMALL'
  /** The `__arena` variables cannot be written, because the arena's flags forbid it. */
  | 'LOAD_ARENA_FAULTS'
  /** A map cannot be pinned where it is to be. */
  | 'LOAD_PIN_FAILED'
  /** The map that is pinned under a map's name is another kind of map. */
  | 'LOAD_PIN_MISMATCH'
  /** The kernel does not take a program, and not because of what the program does. */
  | 'LOAD_PROGRAM_REFUSED'
  /** A program is to run on a function, hook or iterator that the kernel's BTF does not have, or that is not named. */
  | 'LOAD_ATTACH_TARGET_NOT_FOUND'
  /** A module of the kernel, whose functions or variables a program refers to, is not there any more. */
  | 'LOAD_MODULE_GONE'
  /** A program for struct_ops maps that none of the maps which are created points to. */
  | 'LOAD_PROGRAM_UNUSED'
  /** The kernel does not make a program's jump table. */
  | 'LOAD_JUMP_TABLE_REFUSED'
  /** A program or map that is asked for was left out of the load; `cause` is why, unless it was meant to be left out. */
  | 'LOAD_LEFT_OUT'
  /** The object is for the other byte order. */
  | 'LOAD_WRONG_ENDIANNESS'

/** The kernel refused to make something of the object. `cause` is the SyscallError. */
export class LoadError extends BpfError {
  declare readonly code: LoadErrorCode

  constructor(code: LoadErrorCode, message: string, options: BpfErrorOptions = {}) {
    super(code, message, options)
  }
}
