/**
 * Whether a whole text matches a pattern, as a shell has it for names: `*` stands for any characters or none, `?` for any one,
 * and everything else for itself (`glob_match` of libbpf's src/libbpf.c). Takes at most as many steps as text and pattern have
 * characters, multiplied.
 */
export function matchesGlob(text: string, pattern: string): boolean {
  let at = 0
  let position = 0
  // Where the last `*` is, and up to where the text is taken to belong to it.
  let star = -1
  let taken = 0
  while (at < text.length) {
    const expected = pattern[position]
    if (expected === '*') {
      star = position++
      taken = at
    } else if (expected === '?' || expected === text[at]) {
      at++
      position++
    } else if (star >= 0) {
      position = star + 1
      at = ++taken
    } else {
      return false
    }
  }
  while (pattern[position] === '*') position++
  return position === pattern.length
}
