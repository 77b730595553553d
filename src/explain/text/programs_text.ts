import type { FunctionSummary, ProgramsChapter, ProgramSummary } from '../explanation.ts'
import { counted, countedNames, wrap } from './layout.ts'

export function programsText({ programs }: ProgramsChapter): readonly string[] {
  return programs.flatMap((program) => ['', ...programLines(program)]).slice(1)
}

function programLines(program: ProgramSummary): readonly string[] {
  const { functions, helpers, kfuncs, reason, target, autoload } = program
  return [
    ...wrap(`program ${program.name}`, '', '  '),
    ...field('section', program.section),
    ...field('type', typeText(program)),
    ...(target === undefined ? [] : field('attached to', target)),
    ...(autoload ? [] : field('loaded', 'not by default')),
    ...(reason === undefined ? [] : field('problem', reason)),
    ...field('size', sizeText(program)),
    ...(functions.length < 2 ? [] : ['  functions', ...functions.flatMap(functionLines)]),
    ...(helpers.length === 0 ? [] : field('helpers', countedNames(helpers))),
    ...(kfuncs.length === 0 ? [] : field('kfuncs', countedNames(kfuncs))),
  ]
}

function field(name: string, value: string): readonly string[] {
  return wrap(value, `  ${name.padEnd(12)}`, ' '.repeat(14))
}

function typeText({ type, attachType, traits }: ProgramSummary): string {
  if (type === undefined) return 'not known'
  return [type, ...(attachType === undefined ? [] : [attachType]), ...traits].join(', ')
}

function sizeText({ insnCount, linkedInsnCount, functions }: ProgramSummary): string {
  const own = counted(insnCount, 'instruction')
  return linkedInsnCount === undefined || linkedInsnCount === insnCount
    ? own
    : `${own}, ${linkedInsnCount} with the ${counted(functions.length - 1, 'function')} behind it`
}

function functionLines({ name, declaration, start, insnCount, callers }: FunctionSummary): readonly string[] {
  const called = callers.length === 0 ? '' : `, from ${countedNames(callers)}`
  const text = `${declaration ?? name}: ${counted(insnCount, 'instruction')}${called}`
  return wrap(text, `    ${String(start).padStart(6)}: `, ' '.repeat(14))
}
