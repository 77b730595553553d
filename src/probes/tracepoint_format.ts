import type { ProbeArgument } from './probe.ts'
import { ProbesError } from './probes_error.ts'

/** `	field:char prev_comm[16];	offset:8;	size:16;	signed:0;`, with one space or more in place of the tabs. */
const FIELD = /^\s*field:([^;]+);\s*offset:(\d+);\s*size:(\d+);/

/** The name is the last word that is no part of an array's length, and in a pointer to a function the one behind the star. */
const DECLARATION = /^(.*?\(\s*\*\s*|.*?[\s*])(\w+)(\)\s*\(.*\)|(?:\[[^\]]*\])*)$/s

/** Fields of all tracepoints have names that start so, and are there for the kernel. */
const COMMON = 'common_'

/**
 * The fields of a tracepoint's record, without those that all tracepoints have (Documentation/trace/events.rst, Linux 6.18, "Event
 * formats").
 *
 * @param text What `events/CATEGORY/NAME/format` of tracefs says.
 * @throws ProbesError 'PROBES_BAD_FORMAT'
 */
export function parseTracepointFormat(text: string, tracepoint: string): readonly ProbeArgument[] {
  const lines = text.split('\n').filter((line) => line.trimStart().startsWith('field:'))
  return lines.map((line) => readField(line, tracepoint)).filter(({ name }) => !name.startsWith(COMMON))
}

function readField(line: string, tracepoint: string): ProbeArgument {
  const [, declaration, offset, size] = FIELD.exec(line) ?? []
  if (declaration === undefined) {
    throw new ProbesError(
      'PROBES_BAD_FORMAT',
      `the format of tracepoint ${tracepoint} should describe a field, and reads ${JSON.stringify(line)}`,
    )
  }
  const [, before = '', name = '', behind = ''] = DECLARATION.exec(declaration.trim()) ?? []
  return {
    name,
    type: name === '' ? declaration.trim() : `${before.trimEnd()}${behind}`,
    declaration: declaration.trim(),
    offset: Number(offset),
    size: Number(size),
  }
}
