/** A line of a kernel's configuration that sets an option. */
export interface ConfigLine {
  /** From 1. */
  readonly lineNumber: number
  /** What follows the equals sign; '' where nothing does. */
  readonly value: string
}

const LINE = /^(CONFIG_[^=\r\n]*)(?:=([^\n]*))?$/gm

/**
 * The lines of a kernel's `.config` that set these options, the first of each. An option that is off is in a comment
 * (`# CONFIG_X is not set`, Documentation/kbuild/kconfig-language.rst), so it is not found.
 */
export function findConfigLines(text: string, names: ReadonlySet<string>): ReadonlyMap<string, ConfigLine> {
  const found = new Map<string, ConfigLine>()
  let lineNumber = 1
  let counted = 0
  for (const { index, 1: name = '', 2: value = '' } of text.matchAll(LINE)) {
    if (!names.has(name) || found.has(name)) continue
    lineNumber += countLineEnds(text, counted, index)
    counted = index
    found.set(name, { lineNumber, value: value.replace(/\r$/, '') })
    if (found.size === names.size) break
  }
  return found
}

function countLineEnds(text: string, start: number, end: number): number {
  let count = 0
  for (let at = text.indexOf('\n', start); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) count++
  return count
}
