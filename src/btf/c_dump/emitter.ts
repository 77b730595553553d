import type { TypeTable } from '../type_table.ts'
import type { CContext } from './c_context.ts'
import { Definitions } from './definitions.ts'
import type { KernelFunction } from './kernel_functions.ts'
import type { WalkLimits } from './walk_limits.ts'

const UNKNOWN = 0
/** Its declarations are being written, or it is. */
const BEING_DEFINED = 1
const DEFINED = 2

/**
 * Writes each definition once, and before it the declarations that it needs of what it points to: `struct name;` for what
 * is defined later. A typedef is a declaration and a definition in one.
 */
export class Emitter {
  readonly #table: TypeTable
  readonly #limits: WalkLimits
  readonly #definitions: Definitions
  #text = ''
  readonly #states: Uint8Array
  /** By id: 1 for what was declared ahead of its definition. */
  readonly #declared: Uint8Array

  constructor(context: CContext) {
    this.#table = context.table
    this.#limits = context.limits
    this.#definitions = new Definitions(context)
    this.#states = new Uint8Array(context.table.end)
    this.#declared = new Uint8Array(context.table.end)
  }

  /** What was written since the last time. */
  take(): string {
    const text = this.#text
    this.#text = ''
    return text
  }

  /** Characters that were not taken yet. */
  get length(): number {
    return this.#text.length
  }

  /** Writes the definition of a type whose parts are defined. */
  define(id: number): void {
    if (this.#states[id] === DEFINED) return
    const kind = this.#table.kind(id)
    if (kind === 'typedef') {
      this.#defineTypedef(id, 0)
      return
    }
    this.#states[id] = BEING_DEFINED
    if (kind === 'struct' || kind === 'union') this.#declareMembers(id, id, 0)
    this.#write(this.#definitions.definition(id))
    this.#states[id] = DEFINED
  }

  /** Writes the declaration of a function or variable, and before it the declarations that it needs. */
  extern(id: number): void {
    this.#declare(this.#table.sizeOrType(id), id, 0)
    this.#write(`extern ${this.#definitions.object(id)}`)
  }

  /** The same of a kernel function, one a line, as a weak symbol: a kernel may be without it. */
  kernelFunction({ id, call }: KernelFunction): void {
    this.#declare(this.#table.sizeOrType(id), id, 0)
    const attribute = call === 'fast' ? '__bpf_fastcall ' : ''
    const prototype = this.#definitions.object(id)
    this.#limits.finished(prototype)
    this.#text += `extern ${attribute}${prototype} __weak __ksym;\n`
  }

  #write(statement: string | undefined): void {
    if (statement === undefined) return
    this.#limits.finished(statement)
    this.#text += `${statement};\n\n`
  }

  #defineTypedef(id: number, depth: number): void {
    this.#states[id] = BEING_DEFINED
    this.#declare(this.#table.sizeOrType(id), id, depth + 1)
    this.#writeTypedef(id)
    this.#states[id] = DEFINED
  }

  #writeTypedef(id: number): void {
    if (this.#declared[id] === 1) return
    this.#write(this.#definitions.typedef(id))
    this.#declared[id] = 1
  }

  /**
   * Writes what has to be declared before something of this type is.
   *
   * @param within The struct, union or typedef whose definition comes next: it is declared by that.
   */
  #declare(id: number, within: number, depth: number): void {
    const state = this.#states[id] ?? UNKNOWN
    if (state === DEFINED) return
    this.#limits.step(id, depth)
    const table = this.#table
    switch (table.kind(id)) {
      case 'ptr':
      case 'const':
      case 'volatile':
      case 'restrict':
      case 'type_tag':
        this.#declare(table.sizeOrType(id), within, depth + 1)
        return
      case 'array':
        this.#declare(table.elementType(id), within, depth + 1)
        return
      case 'func_proto':
        this.#declareParameters(id, within, depth)
        return
      case 'struct':
      case 'union':
        this.#declareComposite(id, within, depth)
        return
      case 'typedef':
        if (state === BEING_DEFINED) this.#writeTypedef(id)
        else this.#defineTypedef(id, depth)
        return
      case 'fwd':
        this.#write(this.#definitions.forward(id))
        this.#states[id] = DEFINED
        return
      case 'void':
      case 'int':
      case 'float':
      case 'enum':
      case 'enum64':
      case 'func':
      case 'var':
      case 'datasec':
      case 'decl_tag':
        return
    }
  }

  #declareComposite(id: number, within: number, depth: number): void {
    const isBeingDefined = this.#states[id] === BEING_DEFINED
    if (this.#table.nameOffset(id) !== 0) {
      if (id === within || this.#declared[id] === 1) return
      this.#write(this.#definitions.forward(id))
      this.#declared[id] = 1
    } else if (!isBeingDefined) {
      this.#states[id] = BEING_DEFINED
      this.#declareMembers(id, within, depth)
      this.#states[id] = UNKNOWN
    }
  }

  #declareMembers(id: number, within: number, depth: number): void {
    const table = this.#table
    const count = table.vlen(id)
    for (let index = 0; index < count; index++) {
      this.#declare(table.memberType(id, index), within, depth + 1)
    }
  }

  #declareParameters(id: number, within: number, depth: number): void {
    const table = this.#table
    this.#declare(table.sizeOrType(id), within, depth + 1)
    const count = table.vlen(id)
    for (let index = 0; index < count; index++) {
      this.#declare(table.paramType(id, index), within, depth + 1)
    }
  }
}
