/**
 * The C expression that an access was compiled from, found in its line: `task->real_parent->tgid` for the second access of
 * `BPF_CORE_READ(task, real_parent, tgid)`, `ctx->pid` for the one of `e->pid = ctx->pid;`. clang records the line and not
 * the expression, and a line may have several that fit, of which this is the first.
 *
 * @param line The line's text.
 * @param path The members of the access, as C writes them behind the pointer: `tgid`, `cb[3]`, `u.addr`.
 * @returns undefined where the line has no such expression: an access may be in a macro or a function of another line.
 */
export function accessExpression(line: string, path: string): string | undefined {
  return expressionOfMacro(line, path) ?? expressionOfChain(line, path)
}

/** The macros of bpf_core_read.h that follow several pointers; those that end with INTO have a destination before them. */
const MACRO = /\b(?:BPF_(?:CORE|PROBE)_READ(?:_USER)?(?:_STR)?(_INTO)?)\s*\(/g

function expressionOfMacro(line: string, path: string): string | undefined {
  for (const { 0: start, 1: into, index } of line.matchAll(MACRO)) {
    const [source, ...members] = argumentsAt(line, index + start.length).slice(into === undefined ? 0 : 1)
    const found = members.indexOf(path)
    if (source !== undefined && found !== -1) return [source, ...members.slice(0, found + 1)].join('->')
  }
  return undefined
}

/** The arguments of a call, from behind its parenthesis to the one that closes it. */
function argumentsAt(line: string, start: number): readonly string[] {
  const found: string[] = []
  let depth = 0
  let begin = start
  for (let index = start; index < line.length; index++) {
    const character = line[index] ?? ''
    const isEnd = depth === 0 && (character === ')' || character === ',')
    if (isEnd) {
      found.push(line.slice(begin, index).trim())
      begin = index + 1
      if (character === ')') return found
    } else if (character === '(' || character === '[') depth++
    else if (character === ')' || character === ']') depth--
  }
  return found
}

/** A name, then members behind `->` or `.`, each with or without an index. */
const CHAIN = /[A-Za-z_]\w*(?:\[[^\]]*\])?(?:(?:->|\.)[A-Za-z_]\w*(?:\[[^\]]*\])?)+/g

function expressionOfChain(line: string, path: string): string | undefined {
  for (const [chain] of line.matchAll(CHAIN)) {
    for (const operator of ['->', '.']) {
      const found = chain.indexOf(`${operator}${path}`)
      if (found === -1) continue
      const end = found + operator.length + path.length
      if (!/^[\w[]/.test(chain.slice(end))) return chain.slice(0, end)
    }
  }
  return undefined
}
