import type { Btf } from '../btf/btf.ts'
import type { FunctionSpec } from '../object/function_spec.ts'
import type { ObjectSpec } from '../object/object_spec.ts'
import { ProgramSpec } from '../object/program_spec.ts'
import { type Outcome, outcomeOf } from './function_results.ts'
import { RelocationError } from './relocation_error.ts'

/** How the tag of a program starts that has an exception callback: `__exception_cb(name)` of bpf_experimental.h. */
const TAG = 'exception_callback:'

/**
 * The function that runs when a program calls `bpf_throw()`. No instruction refers to it, but a declaration tag on the
 * program's type does, and the verifier looks for it among the program's functions (kernel/bpf/btf.c,
 * bpf_find_exception_callback_insn_off, Linux 6.18).
 *
 * @returns undefined for a program without a tag.
 * @throws RelocationError 'RELOCATION_BAD_TARGET' where there is more than one tag, or where the name is not that of a
 *   global function: the verifier checks the callback by itself.
 */
export function exceptionCallbackOf(spec: ObjectSpec, program: ProgramSpec): FunctionSpec | undefined {
  const { btf } = spec
  if (btf === undefined) return undefined
  const found = callbacksOf(btf)
  if (found.kind === 'failed') throw badCallback(spec, program, found.error.message)
  const [name, second] = found.result.get(program.name) ?? []
  if (name === undefined) return undefined
  if (second !== undefined) throw badCallback(spec, program, `it has two of them, ${name} and ${second}`)
  const callback = spec.functions.find((fn) => fn.name === name && !(fn instanceof ProgramSpec))
  if (callback !== undefined && btf.find(name, 'func')?.linkage === 'global') return callback
  throw badCallback(
    spec,
    program,
    `${name || '(no name)'} is no global function of the object that is not hidden`,
  )
}

/** The callbacks that tags name, by program. */
type CallbackNames = ReadonlyMap<string, readonly string[]>

const tagged = new WeakMap<Btf, Outcome<CallbackNames>>()

/** Types that cannot be read are found out once, not for every program again. */
function callbacksOf(btf: Btf): Outcome<CallbackNames> {
  const outcome = tagged.get(btf) ?? outcomeOf(() => readTags(btf))
  tagged.set(btf, outcome)
  return outcome
}

function readTags(btf: Btf): CallbackNames {
  const names = new Map<string, readonly string[]>()
  for (const id of btf.idsOfKind('decl_tag')) {
    const tag = btf.type(id)
    if (tag.kind !== 'decl_tag' || tag.componentIndex !== -1 || !tag.name.startsWith(TAG)) continue
    const target = btf.type(tag.target)
    if (target.kind !== 'func') continue
    names.set(target.name, [...(names.get(target.name) ?? []).slice(0, 1), tag.name.slice(TAG.length)])
  }
  return names
}

function badCallback(spec: ObjectSpec, program: ProgramSpec, found: string): RelocationError {
  return new RelocationError(
    'RELOCATION_BAD_TARGET',
    `${spec.elf.name}: cannot find the exception callback of program ${program.name}: ${found}`,
    { object: spec.elf.name, section: program.sectionName, program: program.name },
  )
}
