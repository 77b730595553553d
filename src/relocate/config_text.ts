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
  for (const { index, 1: name = '', 2: value = '' } of text.matchAll(LINE)) {
    if (!names.has(name) || found.has(name)) continue
    found.set(name, { lineNumber: countLines(text, index), value: value.replace(/\r$/, '') })
    if (found.size === names.size) break
  }
  return found
}

function countLines(text: string, end: number): number {
  let lines = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) lines++
  return lines
}
