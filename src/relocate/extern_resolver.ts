import { BpfError } from '../base/errors.ts'
import type { Observer } from '../base/observer.ts'
import { VOID } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import type { ModuleBtf } from '../btf/module_btf.ts'
import type { ExternSpec, KsymExtern } from '../object/extern_spec.ts'
import { kconfigExterns } from '../object/kconfig_map.ts'
import type { ObjectSpec } from '../object/object_spec.ts'
import type { ExternFacts } from './extern_facts.ts'
import { type ExternFailure, type ExternOutcome, type ExternOutcomes, failed } from './extern_resolution.ts'
import { resolveKallsyms } from './resolve_kallsyms.ts'
import { resolveKconfig } from './resolve_kconfig.ts'
import { resolveKernelTypes, type TypedExtern } from './resolve_kernel_types.ts'
import type { RelocateStep } from './steps.ts'

export interface ExternInput extends ExternFacts {
  readonly targetBtf: () => Btf
  readonly modules?: () => readonly ModuleBtf[]
  readonly observer?: Observer<RelocateStep>
}

/**
 * Gives externs their meaning in one kernel. They are resolved kind by kind, all of a kind at once, since one look at the
 * kernel's configuration, symbols or types serves all; a kind that nothing refers to costs nothing. The exception is
 * `.kconfig`: its map shows all of its variables, whoever refers to them.
 */
export class ExternResolver {
  readonly #spec: ObjectSpec
  readonly #input: ExternInput
  readonly #used: readonly ExternSpec[]
  #kconfig: ExternOutcomes | undefined
  #addresses: ExternOutcomes | undefined
  #types: ExternOutcomes | undefined

  /** @param used The externs that the programs refer to. */
  constructor(spec: ObjectSpec, used: ReadonlySet<ExternSpec>, input: ExternInput) {
    this.#spec = spec
    this.#input = input
    this.#used = [...spec.externs.values()].filter((extern) => used.has(extern))
  }

  outcome(extern: ExternSpec): ExternOutcome {
    const outcome = this.#kindOf(extern).get(extern)
    return (
      outcome ?? failed('RELOCATION_BAD_EXTERN', `extern ${extern.name} is not one that was to be resolved`)
    )
  }

  /** The contents of map `.kconfig`, as far as its size goes; what is missing or failed is zero. */
  kconfigContents(size: number): Uint8Array {
    const contents = new Uint8Array(size)
    for (const [extern, outcome] of this.#resolvedKconfig()) {
      if (extern.kind !== 'kconfig' || outcome.kind !== 'value') continue
      contents.set(
        outcome.bytes.subarray(0, Math.max(0, size - extern.offset)),
        Math.min(extern.offset, size),
      )
    }
    return contents
  }

  #kindOf(extern: ExternSpec): ExternOutcomes {
    if (extern.kind === 'kconfig') return this.#resolvedKconfig()
    return isTypeless(extern) ? this.#resolvedAddresses() : this.#resolvedTypes()
  }

  #resolvedKconfig(): ExternOutcomes {
    this.#kconfig ??= this.#reported(
      resolveKconfig(kconfigExterns(this.#spec.externs), this.#input, this.#spec.elf.endianness),
    )
    return this.#kconfig
  }

  #resolvedAddresses(): ExternOutcomes {
    const externs = this.#used.filter(isTypeless)
    this.#addresses ??= this.#reported(guarded(externs, () => resolveKallsyms(externs, this.#input)))
    return this.#addresses
  }

  #resolvedTypes(): ExternOutcomes {
    const { targetBtf, kernelBtf = targetBtf, modules, kernelModules = modules } = this.#input
    const externs = this.#used.filter(isTyped)
    this.#types ??= this.#reported(
      guarded(externs, () => {
        const { btf } = this.#spec
        if (btf === undefined) return new Map()
        return resolveKernelTypes(btf, externs, {
          vmlinux: kernelBtf(),
          modules: kernelModules ?? (() => []),
        })
      }),
    )
    return this.#types
  }

  #reported(outcomes: ExternOutcomes): ExternOutcomes {
    const { observer } = this.#input
    if (observer === undefined) return outcomes
    for (const [extern, resolution] of outcomes) {
      if (resolution.kind !== 'failed') observer({ kind: 'extern-resolved', extern, resolution })
    }
    return outcomes
  }
}

function isTypeless(extern: ExternSpec): extern is KsymExtern {
  return extern.kind === 'ksym' && extern.type === VOID
}

function isTyped(extern: ExternSpec): extern is TypedExtern {
  return extern.kind === 'kfunc' || (extern.kind === 'ksym' && extern.type !== VOID)
}

/** What keeps the kernel from telling fails the externs that ask, and nobody else. */
function guarded(externs: readonly ExternSpec[], find: () => ExternOutcomes): ExternOutcomes {
  try {
    return find()
  } catch (error) {
    if (!(error instanceof BpfError)) throw error
    return new Map(externs.map((extern): [ExternSpec, ExternFailure] => [extern, cannotTell(extern, error)]))
  }
}

function cannotTell({ name }: ExternSpec, error: BpfError): ExternFailure {
  return failed('RELOCATION_EXTERN_NOT_FOUND', `extern ${name} cannot be looked up: ${error.message}`, error)
}
