import type { ChapterName, CoreAccess, Explanation, TypeReport, VerifierReport } from '../explanation.ts'
import type { ProgramReport } from '../program_report.ts'
import { type Listing, listingOf } from './listing.ts'

/** An access, with its place in the list of chapter 5. */
export interface NumberedAccess {
  /** From 1. */
  readonly number: number
  readonly access: CoreAccess
}

/**
 * An explanation with what looks things up in it. Names come from a file that may call a program `constructor`, so that
 * every look-up is in a Map.
 */
export interface PageModel {
  readonly explanation: Explanation
  readonly programs: readonly ProgramReport[]
  readonly types: ReadonlyMap<string, TypeReport>
  readonly verifier: ReadonlyMap<string, VerifierReport>
  readonly failing: ReadonlySet<ChapterName>
  /** The listing of a program; made when it is first asked for. */
  readonly listing: (program: string) => Listing | undefined
  readonly accessesAt: (program: string, insn: number) => readonly NumberedAccess[]
  /** What the ELF file says of an instruction. */
  readonly symbolAt: (program: string, insn: number) => string | undefined
  /** An instruction as the kernel is given it, where it got a descriptor. */
  readonly loadedAt: (program: string, insn: number) => string | undefined
}

export function pageModel(explanation: Explanation): PageModel {
  const { relocations, verifier } = explanation.chapters
  const programs = new Map(relocations.programs.map((program) => [program.name, program]))
  const symbols = byPlace(relocations.symbols)
  const loaded = byPlace(relocations.loaded)
  const accesses = accessesByPlace(explanation)
  const listings = new Map<string, Listing>()
  return {
    explanation,
    programs: relocations.programs,
    types: new Map(Object.entries(explanation.types)),
    verifier: new Map(verifier.programs.map((report) => [report.program, report])),
    failing: new Set(explanation.failures.map(({ chapter }) => chapter)),
    listing: (name) => {
      const program = programs.get(name)
      if (program === undefined) return undefined
      const known = listings.get(name) ?? listingOf(program)
      listings.set(name, known)
      return known
    },
    accessesAt: (program, insn) => accesses.get(placeKey(program, insn)) ?? [],
    symbolAt: (program, insn) => symbols.get(program)?.get(String(insn)),
    loadedAt: (program, insn) => loaded.get(program)?.get(String(insn)),
  }
}

function byPlace(
  record: Readonly<Record<string, Readonly<Record<number, string>>>>,
): ReadonlyMap<string, ReadonlyMap<string, string>> {
  return new Map(
    Object.entries(record).map(([name, ofProgram]) => [name, new Map(Object.entries(ofProgram))]),
  )
}

const placeKey = (program: string, insn: number): string => `${insn} ${program}`

function accessesByPlace({ chapters }: Explanation): ReadonlyMap<string, readonly NumberedAccess[]> {
  const found = new Map<string, NumberedAccess[]>()
  chapters.core.accesses.forEach((access, index) => {
    for (const { program, insn } of access.places) {
      const key = placeKey(program, insn)
      const known = found.get(key)
      if (known === undefined) found.set(key, [{ number: index + 1, access }])
      else known.push({ number: index + 1, access })
    }
  })
  return found
}
