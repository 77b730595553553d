import type { BpfError } from '../base/errors.ts'
import type { ElfFile } from '../elf/elf_file.ts'
import type { LoadStep } from '../loader/steps.ts'
import type { ObjectSpec } from '../object/object_spec.ts'
import type { RelocatedProgram } from '../relocate/relocated_object.ts'
import type { ExternResolution } from '../relocate/extern_resolution.ts'
import { attachChapter } from './attach_chapter.ts'
import { coreChapter } from './core_chapter.ts'
import type { Explanation, FailureReport, TargetReport } from './explanation.ts'
import { chapterOfFailure } from './failures.ts'
import { fileChapter } from './file_chapter.ts'
import { mapsChapter } from './maps_chapter.ts'
import { programsChapter } from './programs_chapter.ts'
import { relocationsChapter } from './relocations_chapter.ts'
import { syscallsChapter } from './syscalls_chapter.ts'
import { TypeReports } from './type_report.ts'
import { type Verdict, verifierChapter } from './verifier_chapter.ts'

/** A load that was watched, from the file to the last link or to where it ended. */
export interface WatchedLoad {
  /** The file, as errors name it. */
  readonly object: string
  /** Bytes of the file. */
  readonly size: number
  /** undefined for what is no ELF file. */
  readonly elf: ElfFile | undefined
  /** undefined for what is no BPF object. */
  readonly spec: ObjectSpec | undefined
  readonly steps: readonly LoadStep[]
  readonly calls: Explanation['calls']
  /** What the verifier said of programs, by name; empty where it was not asked. */
  readonly verdicts: ReadonlyMap<string, Verdict>
  readonly errors: readonly WatchedError[]
}

export interface WatchedError {
  readonly error: BpfError
  readonly program: string | undefined
}

/** Explains a load by its steps, chapter by chapter. Pure. */
export function explainLoad(load: WatchedLoad): Explanation {
  const { object, size, elf, spec, steps, calls } = load
  const types = new TypeReports()
  const relocated = new Map<string, RelocatedProgram>()
  const resolutions = new Map<string, ExternResolution>()
  for (const step of steps) {
    if (step.kind === 'program-relocated') relocated.set(step.program.name, step.program)
    if (step.kind === 'extern-resolved') resolutions.set(step.extern.name, step.resolution)
  }
  const chapters = {
    file: fileChapter(elf, spec),
    maps: mapsChapter(spec, resolutions),
    programs: programsChapter(spec, relocated),
    relocations: relocationsChapter(spec, relocated, steps),
    core: coreChapter({ spec, steps, relocated, types }),
    syscalls: syscallsChapter(steps),
    verifier: verifierChapter(relocated, load.verdicts),
    attach: attachChapter(spec, steps),
  }
  return {
    object,
    size,
    target: targetOf(steps),
    calls,
    chapters,
    failures: load.errors.map(failureReport),
    types: types.all,
  }
}

function targetOf(steps: readonly LoadStep[]): TargetReport | undefined {
  const read = steps.find((step) => step.kind === 'target-btf-read')
  return read === undefined ? undefined : { name: read.name, bytes: read.bytes, typeCount: read.typeCount }
}

function failureReport({ error, program }: WatchedError): FailureReport {
  return { chapter: chapterOfFailure(error), code: error.code, program, message: error.message }
}
