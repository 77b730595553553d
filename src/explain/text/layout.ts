/** Columns of a line: what terminals have at least. */
export const WIDTH = 80

/**
 * Text in lines of at most 80 columns, broken between words; a word that is longer than a line is broken anywhere. Lines that
 * the text has itself stay apart.
 *
 * @param first What the first line begins with.
 * @param rest What the others begin with.
 */
export function wrap(text: string, first = '', rest = first): readonly string[] {
  return text.split('\n').flatMap((line, index) => wrapLine(line, index === 0 ? first : rest, rest))
}

function wrapLine(text: string, first: string, rest: string): readonly string[] {
  const lines: string[] = []
  let line = first
  let isEmpty = true
  for (const word of text.split(' ').flatMap((each) => pieces(each, WIDTH - rest.length))) {
    if (!isEmpty && line.length + 1 + word.length > WIDTH) {
      lines.push(line.trimEnd())
      line = rest
      isEmpty = true
    }
    line += isEmpty ? word : ` ${word}`
    isEmpty = false
  }
  return [...lines, line.trimEnd()]
}

/** Behind a comma where there is one in the second half of what fits, as in the states of registers. */
function pieces(word: string, length: number): readonly string[] {
  const all: string[] = []
  let rest = word
  while (rest.length > length) {
    const comma = rest.lastIndexOf(',', length - 1)
    const end = comma >= length / 2 ? comma + 1 : length
    all.push(rest.slice(0, end))
    rest = rest.slice(end)
  }
  return [...all, rest]
}

/** Cut to a length, with an ellipsis where something is missing. */
export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`
}

/** Two texts side by side, each in half of a line. */
export function sideBySide(
  left: readonly string[],
  right: readonly string[],
  indent: string,
): readonly string[] {
  const half = Math.floor((WIDTH - indent.length - 2) / 2)
  return Array.from({ length: Math.max(left.length, right.length) }, (_, index) => {
    const [a = '', b = ''] = [left[index], right[index]]
    return `${indent}${cut(a, half).padEnd(half)}  ${cut(b, half)}`.trimEnd()
  })
}

/** `1 map`, `2 maps`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

/** `bpf_map_lookup_elem, bpf_get_current_task (2)`. */
export function countedNames(all: readonly { readonly name: string; readonly count: number }[]): string {
  return all.map(({ name, count }) => (count === 1 ? name : `${name} (${count})`)).join(', ')
}
