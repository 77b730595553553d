/** A command line, and what it does. */
export type Example = readonly [line: string, effect: string]

/** The examples at the end of a help; nothing where there are none. */
export function examplesText(examples: readonly Example[]): string {
  const width = Math.max(...examples.map(([line]) => line.length))
  const lines = examples.map(([line, effect]) => `  ${line.padEnd(width)}  ${effect}`)
  return lines.length === 0 ? '' : `\nExamples:\n${lines.join('\n')}\n`
}
