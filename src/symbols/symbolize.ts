import type { StackFrame } from '../maps/stack_trace_map.ts'
import { KernelSymbols } from './kernel_symbols.ts'
import type { UserSymbols } from './user_symbols.ts'

/** A function call of a stack, with what is known of where it was. */
export interface SymbolizedFrame {
  readonly frame: StackFrame
  /** The function; undefined where it is not known. */
  readonly name: string | undefined
  /** Bytes from the start of the function, or of the file where the function is not known. */
  readonly offset: bigint | undefined
  /** The kernel's module or the process's file; undefined for the kernel itself, and where nothing is known. */
  readonly origin: string | undefined
}

/**
 * Names the functions of a stack.
 *
 * Of all frames but the innermost the address is where the call returns to. Behind the call of a function that does not return
 * that is another function already, so the byte before it is looked up, as the kernel does for its own stacks (`%pB` in
 * Documentation/core-api/printk-formats.rst, Linux 6.18); the offset is that of the address itself.
 *
 * @throws what `find` of the symbols throws
 */
export function symbolize(
  frames: readonly StackFrame[],
  symbols: KernelSymbols | UserSymbols,
): readonly SymbolizedFrame[] {
  return frames.map((frame, index) => {
    const back = index === 0 ? 0n : 1n
    return symbols instanceof KernelSymbols
      ? kernelFrame(frame, back, symbols)
      : userFrame(frame, back, symbols)
  })
}

/** One line: `vfs_read+0x1c [module]`, `0x7f0012345678` where nothing is known. Pure. */
export function frameText({ frame, name, offset, origin }: SymbolizedFrame): string {
  const where = origin === undefined ? '' : ` [${origin}]`
  if (name !== undefined) return `${name}+0x${(offset ?? 0n).toString(16)}${where}`
  if (origin !== undefined) return `+0x${(offset ?? 0n).toString(16)}${where}`
  return frame.kind === 'address'
    ? `0x${frame.address.toString(16)}`
    : `+0x${frame.offset.toString(16)} [${frame.buildId}]`
}

function kernelFrame(frame: StackFrame, back: bigint, symbols: KernelSymbols): SymbolizedFrame {
  const found = frame.kind === 'address' ? symbols.find(frame.address - back) : undefined
  if (frame.kind === 'build-id' || found === undefined) return unknown(frame)
  return { frame, name: found.name, offset: frame.address - found.address, origin: found.module }
}

function userFrame(frame: StackFrame, back: bigint, symbols: UserSymbols): SymbolizedFrame {
  const found =
    frame.kind === 'address'
      ? symbols.find(frame.address - back)
      : symbols.findInFile(frame.buildId, frame.offset - back)
  if (found === undefined) return unknown(frame)
  return { frame, name: found.name, offset: found.offset + back, origin: found.file }
}

function unknown(frame: StackFrame): SymbolizedFrame {
  return { frame, name: undefined, offset: undefined, origin: undefined }
}
