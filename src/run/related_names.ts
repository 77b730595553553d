/** Words that say of a name that it is a buffer's or a record's, and not which. */
const generic = new Set([
  'event',
  'evt',
  'record',
  'rec',
  'data',
  'info',
  'struct',
  't',
  'map',
  'buf',
  'buffer',
  'ring',
  'ringbuf',
  'rb',
  'perf',
  'pb',
  'output',
])

/**
 * Those whose names say the same as the map's: of `exec_event` and `exit_event`, the first for the map `exec_events`. Empty where
 * names tell nothing.
 */
export function relatedNames<T>(
  map: string,
  candidates: readonly T[],
  nameOf: (one: T) => string,
): readonly T[] {
  const wanted = wordsOf(map).join(' ')
  return wanted === '' ? [] : candidates.filter((each) => wordsOf(nameOf(each)).join(' ') === wanted)
}

function wordsOf(name: string): readonly string[] {
  return name
    .toLowerCase()
    .split(/[_\d]+/)
    .map((word) => word.replace(/s$/, ''))
    .filter((word) => word !== '' && !generic.has(word))
}
