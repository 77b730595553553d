/** What was counted by stacks: each is the names of its frames, the outermost first, with semicolons in between. */
export type FoldedStacks = ReadonlyMap<string, number>

/** One line for each stack, `comm;main;vfs_read_[k] 12`, sorted; what flamegraph.pl and speedscope read. */
export function foldedText(stacks: FoldedStacks): string {
  const lines = [...stacks].map(([stack, count]) => `${stack} ${count}\n`)
  return lines.sort().join('')
}

export interface FlameGraphOptions {
  readonly title: string
  /** What is counted: `samples`. */
  readonly unit: string
}

/** A call from one place: a box. */
interface Call {
  readonly name: string
  count: number
  readonly callees: Map<string, Call>
}

/** Pixels. */
const [WIDTH, MARGIN, ROW, HEADER] = [1200, 10, 18, 44]
/** Of a character of the font, 12 pixels high. */
const CHARACTER = 7.25
/** Boxes that are narrower are left out: they could not be seen. */
const NARROWEST = 0.2

/**
 * Draws stacks as a flame graph: each box is a function, as wide as its share of all that was counted, and stands on the one that
 * called it. Side by side they are sorted by name, so that equal stacks lie together; the order says nothing about time. Boxes
 * say what they stand for when they are pointed at.
 *
 * @returns SVG that needs no other file; the same stacks give the same text.
 */
export function flameGraph(stacks: FoldedStacks, { title, unit }: FlameGraphOptions): string {
  const root = callsOf(stacks)
  const height = HEADER + (depthOf(root) + 1) * ROW + MARGIN
  const scale = (WIDTH - 2 * MARGIN) / Math.max(root.count, 1)
  const boxes: string[] = []
  const draw = (call: Call, depth: number, start: number): void => {
    if (call.count * scale < NARROWEST) return
    const left = MARGIN + start * scale
    const top = height - MARGIN - (depth + 1) * ROW
    const share = ((call.count / Math.max(root.count, 1)) * 100).toFixed(2)
    boxes.push(box(call, { left, top, width: call.count * scale, note: `${call.count} ${unit}, ${share}%` }))
    for (const callee of sorted(call)) {
      draw(callee, depth + 1, start)
      start += callee.count
    }
  }
  draw(root, 0, 0)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}">`,
    '<style>text { font: 12px monospace; fill: #111 } g:hover rect { stroke: #111 }</style>',
    '<rect width="100%" height="100%" fill="#fff"/>',
    `<text x="${MARGIN}" y="28" style="font-size: 17px">${escapeText(title)}: ${root.count} ${escapeText(unit)}</text>`,
    ...boxes,
    '</svg>\n',
  ].join('\n')
}

function callsOf(stacks: FoldedStacks): Call {
  const root: Call = { name: 'all', count: 0, callees: new Map() }
  for (const [stack, count] of stacks) {
    let call = root
    call.count += count
    for (const name of stack.split(';')) {
      const callee = call.callees.get(name) ?? { name, count: 0, callees: new Map<string, Call>() }
      call.callees.set(name, callee)
      callee.count += count
      call = callee
    }
  }
  return root
}

/** How many boxes stand on this one. */
function depthOf({ callees }: Call): number {
  return Math.max(0, ...[...callees.values()].map((callee) => 1 + depthOf(callee)))
}

function sorted({ callees }: Call): readonly Call[] {
  return [...callees.values()].sort((one, other) => (one.name < other.name ? -1 : 1))
}

interface Place {
  readonly left: number
  readonly top: number
  readonly width: number
  /** What the box says besides its name when it is pointed at. */
  readonly note: string
}

function box({ name }: Call, { left, top, width, note }: Place): string {
  const room = Math.floor((width - 6) / CHARACTER)
  const label = name.length <= room ? name : `${name.slice(0, room - 2)}..`
  const shown =
    room < 3 ? '' : `<text x="${(left + 3).toFixed(2)}" y="${top + 13}">${escapeText(label)}</text>`
  return (
    `<g><title>${escapeText(name)} (${escapeText(note)})</title>` +
    `<rect x="${left.toFixed(2)}" y="${top}" width="${Math.max(width - 0.5, NARROWEST).toFixed(2)}" height="${ROW - 1}" rx="2" ` +
    `fill="${colourOf(name)}"/>${shown}</g>`
  )
}

/** Warm for processes, blue for the kernel, and a shade by the name, so that a function looks the same everywhere. */
function colourOf(name: string): string {
  let hash = 0
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 9973
  const hue = name.endsWith('_[k]') ? 200 + (hash % 25) : 20 + (hash % 30)
  return `hsl(${hue},${70 + (hash % 20)}%,${66 + (hash % 12)}%)`
}

/** A name may have characters that no document of XML has, whatever way they are written: readers refuse the whole file then. */
function escapeText(text: string): string {
  return text
    .replaceAll(/[\ufffe\uffff]/g, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}
