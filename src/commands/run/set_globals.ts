import { listOfNames } from '../../base/list_of_names.ts'
import { ObjectError } from '../../object/object_error.ts'
import type { ObjectSpec } from '../../object/object_spec.ts'
import { settableGlobals } from '../../run/global_options.ts'
import { expectedValue, parseValue } from '../../run/value_text.ts'
import { BadArgument } from '../../tool/bad_argument.ts'
import type { Assignment } from './run_flags.ts'

/**
 * Sets global variables before the load.
 *
 * @throws BadArgument for one that the object does not have, and for a value that it cannot hold
 */
export function setGlobals(spec: ObjectSpec, assignments: readonly Assignment[]): void {
  const globals = new Map(settableGlobals(spec).map((each) => [each.name, each]))
  for (const { name, text } of assignments) {
    const global = globals.get(name)
    if (global === undefined) {
      const known = listOfNames([...globals.keys()])
      throw new BadArgument(`${spec.elf.name} has no global variable ${name}; it has ${known || 'none'}`)
    }
    const value = parseValue(global.shape, text)
    if (value === undefined) throw refusal(name, text, `expected ${expectedValue(global.shape)}`)
    try {
      spec.globals[name] = value
    } catch (error) {
      if (!(error instanceof ObjectError)) throw error
      throw refusal(name, text, `expected ${expectedValue(global.shape)}`)
    }
  }
}

function refusal(name: string, text: string, expected: string): BadArgument {
  return new BadArgument(`Invalid value of variable ${name}: '${text}'; ${expected}`)
}
