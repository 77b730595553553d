import type { TypeId } from '../../base/units.ts'
import type { Btf } from '../btf.ts'
import { type CContext, createContext } from './c_context.ts'
import { DefinitionOrder } from './definition_order.ts'
import { Emitter } from './emitter.ts'
import { kernelFunctions } from './kernel_functions.ts'
import { FUNCTIONS_END, FUNCTIONS_START, HEADER_END, HEADER_START } from './vmlinux_header.ts'

/** Characters. What is longer outlives the garbage collector's first rounds while it is put together. */
const CHUNK = 1 << 14

export interface CDumpOptions {
  /** The types that are wanted; what they need comes along. Default: all, those of the base included. */
  readonly roots?: readonly TypeId[] | undefined
}

/**
 * The types as a C header, which clang compiles for BPF: the `vmlinux.h` of a kernel, as `bpftool btf dump format c` writes
 * it. All structs have the sizes and offsets that BTF says; types of equal names are told apart, `name___2`. Prototypes of
 * the kernel functions for BPF programs come last, where all types are wanted.
 *
 * @returns The text in pieces.
 * @throws BtfError BTF_TOO_DEEP for a type that is part of itself, BTF_TOO_LARGE, BTF_BAD_TYPE for what C cannot say; of types
 *   that could not be found, and what `btf.type` throws of the others
 */
export function* dumpC(btf: Btf, { roots }: CDumpOptions = {}): Generator<string, void, undefined> {
  if (btf.gap !== undefined && roots === undefined) throw btf.gap
  const context = createContext(btf)
  const emitter = new Emitter(context)
  yield HEADER_START
  yield* roots === undefined ? allTypes(context, emitter) : someTypes(context, emitter, roots)
  yield HEADER_END
}

function* allTypes(context: CContext, emitter: Emitter): Generator<string, void, undefined> {
  const { table } = context
  const order = definitionOrder(context, emitter)
  for (let id = 1; id < table.end; id++) {
    order.visit(id)
    if (emitter.length >= CHUNK) yield emitter.take()
  }
  yield emitter.take()
  yield FUNCTIONS_START
  for (const kernelFunction of kernelFunctions(table)) emitter.kernelFunction(kernelFunction)
  yield emitter.take()
  yield FUNCTIONS_END
}

function* someTypes(
  context: CContext,
  emitter: Emitter,
  roots: readonly TypeId[],
): Generator<string, void, undefined> {
  const { table } = context
  const order = definitionOrder(context, emitter)
  const functions = new Map(kernelFunctions(table).map((each) => [each.id, each]))
  for (const id of roots) {
    const kind = table.kind(id)
    if (kind === 'func' || kind === 'var') order.visit(table.sizeOrType(id))
    const kernelFunction = functions.get(id)
    if (kernelFunction !== undefined) emitter.kernelFunction(kernelFunction)
    else if (kind === 'func' || kind === 'var') emitter.extern(id)
    else order.visit(id)
    yield emitter.take()
  }
}

function definitionOrder(context: CContext, emitter: Emitter): DefinitionOrder {
  return new DefinitionOrder(context, (id) => {
    emitter.define(id)
  })
}
