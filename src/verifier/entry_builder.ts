import type { LogEntry, State } from './log.ts'
import { jumpTarget } from './jump_target.ts'
import type { BranchLine, LogLine, SourceLineOfLog, StateLine, VisitLine } from './log_line.ts'
import type { Split } from './path_finder.ts'
import { readRegisterState } from './register_state.ts'

/** Lines that come before the visit that they belong to. */
type Ahead = State | (SourceLineOfLog & { readonly line: number })

/** What is kept of a log. */
export interface Keeping {
  /** How many visits of each instruction, and branches to each, counted from the log's start. */
  readonly limit: number
  /** Lines of visits and branches that are kept beside these. */
  readonly lines: ReadonlySet<number>
}

/**
 * Makes entries of a log's lines: states are put to the visits that they are of, and what is not to be kept is counted. A line
 * is kept with the visit or branch that it belongs to.
 */
export class EntryBuilder {
  readonly #keeping: Keeping
  readonly #splits: ReadonlyMap<number, Split>
  readonly #entries: LogEntry[] = []
  /** By line, the index of its entry. */
  readonly #indices = new Map<number, number>()
  readonly #visits = new Map<number, number>()
  readonly #branches = new Map<number, number>()
  #isKept = true
  #ahead: Ahead[] = []
  /** The visit that was just made, with the index of its entry where it is kept. */
  #last: { readonly insn: number; readonly index: number | undefined } | undefined
  #droppedVisits = 0
  #droppedLines = 0

  /** @param splits By the line that takes up a path, where that was put aside. */
  constructor(keeping: Keeping, splits: ReadonlyMap<number, Split>) {
    this.#keeping = keeping
    this.#splits = splits
  }

  get dropped(): { readonly visits: number; readonly lines: number } {
    return { visits: this.#droppedVisits, lines: this.#droppedLines }
  }

  /** All entries, once all lines were added. */
  finish(): readonly LogEntry[] {
    this.#putAhead()
    return this.#entries
  }

  /** The index of the entry of a line; undefined where it is not kept. */
  indexOf(line: number): number | undefined {
    return this.#indices.get(line)
  }

  add(number: number, line: LogLine): void {
    switch (line.kind) {
      case 'visit':
        this.#visit(number, line)
        break
      case 'branch':
        this.#branch(number, line)
        break
      case 'state':
        this.#stateLine(number, line)
        break
      case 'source':
        this.#ahead.push({ ...line, line: number })
        break
      case 'frame':
        this.#put({ ...line, line: number, state: readRegisterState(line.state) })
        break
      case 'frame state':
        this.#strayState(line.state)
        break
      case 'statistics':
        break
      case 'pruned':
      case 'precision':
      case 'function':
      case 'note':
      case 'text':
        this.#put({ ...line, line: number })
        break
    }
  }

  #visit(line: number, { insn, opcode, text, after }: VisitLine): void {
    this.#isKept = this.#isWanted(line, this.#visits, insn)
    const before = this.#ahead.find((entry) => entry.kind === 'state' && entry.insn === insn)
    this.#ahead = this.#ahead.filter((entry) => entry !== before)
    if (!this.#isKept) {
      this.#droppedVisits++
      if (before !== undefined) this.#droppedLines++
    }
    const index = this.#put({
      kind: 'visit',
      line,
      insn,
      opcode,
      text,
      before: before?.kind === 'state' ? before.state : undefined,
      after: after === undefined ? undefined : readRegisterState(after),
    })
    this.#last = { insn, index }
  }

  #branch(line: number, { from, to, execution, state }: BranchLine): void {
    this.#putAhead()
    this.#isKept = this.#isWanted(line, this.#branches, to)
    this.#put({
      kind: 'branch',
      line,
      from,
      to,
      execution,
      state: readRegisterState(state),
      splitAt: this.#splits.get(line)?.line,
    })
    this.#last = undefined
  }

  #stateLine(line: number, { insn, state }: StateLine): void {
    const split = this.#splits.get(line)
    if (split === undefined) this.#state({ kind: 'state', line, insn, state: readRegisterState(state) })
    else this.#branch(line, { kind: 'branch', from: split.insn, to: insn, execution: 'normal', state })
  }

  /** See FrameStateLine. */
  #strayState(text: string): void {
    const state = readRegisterState(text)
    const index = this.#last?.index
    const visit = index === undefined ? undefined : this.#entries[index]
    if (index === undefined || visit?.kind !== 'visit') this.#droppedLines++
    else if (jumpTarget(visit.insn, visit.text) === undefined) {
      this.#entries[index] = { ...visit, before: visit.before ?? state }
    } else this.#entries[index] = { ...visit, after: visit.after ?? state }
  }

  /** A state with the number of the visit that was just made is what came of it; any other is that before the next visit. */
  #state(state: State): void {
    if (this.#last?.insn !== state.insn) {
      this.#ahead.push(state)
      return
    }
    const { index } = this.#last
    const visit = index === undefined ? undefined : this.#entries[index]
    if (index === undefined) this.#droppedLines++
    else if (visit?.kind === 'visit' && visit.after === undefined) {
      this.#entries[index] = { ...visit, after: state.state }
    } else this.#ahead.push(state)
  }

  #isWanted(line: number, seen: Map<number, number>, insn: number): boolean {
    const count = (seen.get(insn) ?? 0) + 1
    seen.set(insn, count)
    return count <= this.#keeping.limit || this.#keeping.lines.has(line)
  }

  #putAhead(): void {
    const ahead = this.#ahead
    this.#ahead = []
    for (const entry of ahead) this.#put(entry)
  }

  /** @returns The index of the entry, if it is kept. */
  #put(entry: LogEntry): number | undefined {
    if (this.#ahead.length > 0) this.#putAhead()
    if (!this.#isKept) {
      if (entry.kind !== 'visit') this.#droppedLines++
      return undefined
    }
    // A line may have a state behind a visit; the path is of visits, branches and frames.
    if (entry.kind !== 'state') this.#indices.set(entry.line, this.#entries.length)
    this.#entries.push(entry)
    return this.#entries.length - 1
  }
}
