import { BpfError } from '../base/errors.ts'
import { listOfNames } from '../base/list_of_names.ts'
import type { ObjectSpec } from '../object/object_spec.ts'
import type { ProgramSpec } from '../object/program_spec.ts'

/** A command is about a program that the object does not have. */
export class ChoiceError extends BpfError {
  declare readonly code: 'NO_SUCH_PROGRAM'

  constructor(object: string, message: string, program?: string) {
    super('NO_SUCH_PROGRAM', `${object} ${message}`, { object, program })
  }
}

/**
 * The program that a command is about: the one of that name, or without a name the only one.
 *
 * @throws ChoiceError, which lists the programs that there are.
 */
export function chooseProgram(spec: ObjectSpec, name: string | undefined): ProgramSpec {
  const [only, ...others] = spec.programs.values()
  if (only === undefined) throw new ChoiceError(spec.elf.name, 'has no programs', name)
  const known = listOfNames([...spec.programs.keys()])
  if (name === undefined) {
    if (others.length === 0) return only
    throw new ChoiceError(spec.elf.name, `has several programs; say which with --program NAME: ${known}`)
  }
  const named = spec.programs.get(name)
  if (named !== undefined) return named
  throw new ChoiceError(spec.elf.name, `has no program ${name}; it has ${known}`, name)
}

/** Has `program` loaded whatever its section's name says, and no other. */
export function loadOnly(spec: ObjectSpec, program: ProgramSpec): void {
  for (const each of spec.programs.values()) each.autoload = each === program
}
