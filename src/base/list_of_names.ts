/** How many names a message has room for. */
const MAX_NAMES = 8

/** Names as a sentence lists them: `a`, `a and b`, `a, b and c`; of many the first few and how many more there are. */
export function listOfNames(names: readonly string[]): string {
  const shown = names.length > MAX_NAMES ? names.slice(0, MAX_NAMES - 1) : names
  const rest = names.length - shown.length
  const parts = rest > 0 ? [...shown, `${rest} more`] : shown
  const last = parts.at(-1) ?? ''
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`
}
