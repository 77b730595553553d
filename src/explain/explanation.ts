import type { ProgramReport } from './program_report.ts'

/**
 * A load of one object, explained: plain values, as JSON has them, for text and for the page alike. Every number in it is
 * either the file's, the target kernel's types', or a system call's.
 */
export interface Explanation {
  /** The object file, as errors name it. */
  readonly object: string
  /** Bytes of the file. */
  readonly size: number
  /** The kernel's types that CO-RE was resolved against; undefined where nothing asked for them. */
  readonly target: TargetReport | undefined
  /** Whether the system calls were issued, or only written down with results that are assumed. */
  readonly calls: 'issued' | 'rehearsed'
  readonly chapters: Chapters
  /** What went wrong, in the order of the work; empty where all went well. */
  readonly failures: readonly FailureReport[]
  /** Structs, unions and enums that CO-RE accesses refer to, by the keys that they have there. */
  readonly types: Readonly<Record<string, TypeReport>>
}

export interface TargetReport {
  readonly name: string
  readonly bytes: number
  readonly typeCount: number
}

export interface Chapters {
  readonly file: FileChapter
  readonly maps: MapsChapter
  readonly programs: ProgramsChapter
  readonly relocations: RelocationsChapter
  readonly core: CoreChapter
  readonly syscalls: SyscallsChapter
  readonly verifier: VerifierChapter
  readonly attach: AttachChapter
}

/** The name of a chapter: what `--step` takes. */
export type ChapterName = keyof Chapters

export interface FailureReport {
  /** The step that it happened in. */
  readonly chapter: ChapterName
  /** Of the BpfError. */
  readonly code: string
  readonly program: string | undefined
  readonly message: string
}

/** Chapter 1. */
export interface FileChapter {
  readonly header:
    { readonly class: number; readonly endianness: string; readonly machine: number } | undefined
  readonly sections: readonly SectionReport[]
  readonly license: string | undefined
}

export interface SectionReport {
  readonly index: number
  readonly name: string
  /** e.g. `SHT_PROGBITS`. */
  readonly type: string
  /** Bytes from the start of the file. */
  readonly offset: number
  /** Bytes in memory. */
  readonly size: number
  /** As readelf(1) has them: `W`rite, `A`lloc, e`X`ecute, `M`erge, `S`trings, `I`nfo. */
  readonly flags: string
  /** What a loader does with it. */
  readonly role: string
  readonly refersTo: readonly SectionReference[]
}

export interface SectionReference {
  /** The section's name, or that of an extern's sort for symbols that the object does not define. */
  readonly section: string
  /** How many relocations. */
  readonly count: number
}

/** Chapter 2. */
export interface MapsChapter {
  readonly maps: readonly MapReport[]
  readonly variables: readonly VariableReport[]
  readonly externs: readonly ExternReport[]
}

export interface MapReport {
  readonly name: string
  /** e.g. `BPF_MAP_TYPE_RINGBUF`. */
  readonly type: string
  readonly section: string
  /** Bytes from the start of the section; undefined for the map of a whole data section. */
  readonly offset: number | undefined
  /** The members of the definition, and what each comes to; for other maps empty. */
  readonly definition: readonly DefinitionMember[]
  /** Fields of BPF_MAP_CREATE that are not zero, in the kernel's order. */
  readonly attributes: readonly NamedValue[]
  readonly initialSlots: readonly { readonly index: number; readonly target: string }[]
  /** What else there is to know: frozen, pinned, not created. */
  readonly notes: readonly string[]
  /** Why it cannot be created. */
  readonly problem: string | undefined
}

/** A member of a map definition, as BTF encodes an attribute. */
export interface DefinitionMember {
  /** As C has it: `int (*type)[27]`. */
  readonly declaration: string
  /** The types it is made of: `ptr #6 -> array #5 of 27`. */
  readonly encoding: string
  /** e.g. `map_type = 27, BPF_MAP_TYPE_RINGBUF`. */
  readonly meaning: string
}

export interface NamedValue {
  readonly name: string
  readonly value: string
}

export interface VariableReport {
  readonly name: string
  readonly section: string
  /** Bytes from the start of the section. */
  readonly offset: number
  readonly size: number
  /** As C declares it. */
  readonly declaration: string
  /** Its initial value as JSON, cut where it is long; undefined for one that cannot be decoded. */
  readonly value: string | undefined
}

export interface ExternReport {
  readonly name: string
  readonly sort: 'kconfig' | 'ksym' | 'kfunc'
  readonly weak: boolean
  /** As C declares it. */
  readonly declaration: string
  /** What it stands for on the target; undefined where no program asked. */
  readonly resolution: string | undefined
}

/** Chapter 3. */
export interface ProgramsChapter {
  readonly programs: readonly ProgramSummary[]
}

export interface ProgramSummary {
  readonly name: string
  readonly section: string
  /** e.g. `BPF_PROG_TYPE_TRACEPOINT`; undefined where the section's name is not known. */
  readonly type: string | undefined
  readonly attachType: string | undefined
  readonly traits: readonly string[]
  /** What it is attached to, in words; undefined where the section's name does not say. */
  readonly target: string | undefined
  /** Why the section's name says nothing. */
  readonly reason: string | undefined
  readonly autoload: boolean
  /** Instruction slots in the object file. */
  readonly insnCount: number
  /** With the functions that are linked behind it; undefined where it was not relocated. */
  readonly linkedInsnCount: number | undefined
  /** Itself first. */
  readonly functions: readonly FunctionSummary[]
  readonly helpers: readonly { readonly name: string; readonly count: number }[]
  readonly kfuncs: readonly { readonly name: string; readonly count: number }[]
}

export interface FunctionSummary {
  readonly name: string
  readonly section: string
  /** The C declaration, where there is BTF. */
  readonly declaration: string | undefined
  /** Where it is in the linked program. */
  readonly start: number
  readonly insnCount: number
  /** The functions that refer to it, and how often. */
  readonly callers: readonly { readonly name: string; readonly count: number }[]
}

/** Chapter 4. The listings are whole; `relocationsOf` and text show those instructions that relocation has to do with. */
export interface RelocationsChapter {
  readonly programs: readonly ProgramReport[]
  /** What the ELF file says of the instructions, by program and instruction: `R_BPF_64_64 against rb of .maps`. */
  readonly symbols: Readonly<Record<string, Readonly<Record<number, string>>>>
  /** By program and instruction, the text of those that got descriptors: what the kernel is given. */
  readonly loaded: Readonly<Record<string, Readonly<Record<number, string>>>>
}

/** Chapter 5. */
export interface CoreChapter {
  readonly accesses: readonly CoreAccess[]
}

export interface CoreAccess {
  /** The function as the object has it: it is relocated once, then copied behind programs. */
  readonly function: string
  /** From the start of the function. */
  readonly insn: number
  /** Where the instruction is in the linked programs. */
  readonly places: readonly { readonly program: string; readonly insn: number }[]
  /**
   * The line that has the expression: compilers compute addresses early, so that it is often one that follows. Else the
   * line that the instruction is said to be from.
   */
  readonly source: SourceReport | undefined
  /** e.g. `field_byte_offset`. */
  readonly kind: string
  /** What that asks, as a sentence: `At which byte is the field?` */
  readonly question: string
  /** The C expression: `task->real_parent->tgid`; with a cast where the line does not tell. */
  readonly expression: string
  /** e.g. `struct task_struct.real_parent`. */
  readonly subject: string
  readonly accessString: string
  readonly local: PlaceReport
  readonly candidates: readonly CandidateReport[]
  /** Decimal; undefined where it is not certain what the instruction holds. */
  readonly expected: string | undefined
  /** Decimal; undefined where the instruction is poisoned. */
  readonly value: string | undefined
  readonly outcome: 'patched' | 'unchanged' | 'poisoned'
  readonly before: string
  readonly after: string
}

export interface SourceReport {
  readonly fileName: string
  readonly lineNumber: number
  readonly text: string
}

/** Where one BTF has what a relocation is about. */
export interface PlaceReport {
  /** The root's key in `Explanation.types`; undefined for a type that is no struct, union or enum. */
  readonly type: string | undefined
  /** e.g. `struct task_struct`. */
  readonly name: string
  readonly id: number
  /** From the start of the root; undefined for types and enumerators. */
  readonly bitOffset: number | undefined
  /** The members of the root, by position, that the access goes through; the one at its end first level only. */
  readonly members: readonly number[]
}

export interface CandidateReport {
  /** `vmlinux`, or a module. */
  readonly btf: string
  readonly place: PlaceReport
  readonly matches: boolean
  /** Why, in a sentence. */
  readonly why: string
}

export interface TypeReport {
  /** The BTF that has it. */
  readonly btf: string
  readonly id: number
  /** e.g. `struct task_struct`. */
  readonly name: string
  /** Bytes. */
  readonly size: number
  /** By position. */
  readonly members: readonly TypeMemberReport[]
}

export interface TypeMemberReport {
  /** As C declares it: `struct task_struct *real_parent`; for an enumerator `NAME = 3`. */
  readonly declaration: string
  /** '' for an anonymous struct or union. */
  readonly name: string
  /** From the start of the type; undefined for enumerators. */
  readonly bitOffset: number | undefined
}

/** Chapter 6. */
export interface SyscallsChapter {
  readonly syscalls: readonly SyscallReport[]
}

export interface SyscallReport {
  /** From 1, in the order they were issued. */
  readonly number: number
  /** Why: the step of the load, e.g. `map rb`. */
  readonly purpose: string
  readonly syscall: string
  readonly command: string | undefined
  readonly arguments: readonly NamedValue[]
  /** Bytes of the structure that was passed. */
  readonly attrSize: number | undefined
  /** The structure in hexadecimal; addresses in it are 0. */
  readonly attr: string | undefined
  /** `3`, or `-1 EPERM`. */
  readonly result: string
  readonly failed: boolean
}

/** Chapter 7. */
export interface VerifierChapter {
  readonly programs: readonly VerifierReport[]
}

export interface VerifierReport {
  readonly program: string
  readonly verdict: 'accepted' | 'refused' | 'not asked'
  /** The verifier's own words of a refusal. */
  readonly reason: string | undefined
  /** What it wanted, in plain words; undefined where this version does not know that refusal. */
  readonly plain: RejectionReport | undefined
  readonly statistics: readonly NamedValue[]
  /** On success the whole walk, on failure the path that failed: the visits of instructions, in order. */
  readonly walk: readonly WalkEntry[]
  /** Visits that are left out of `walk`, because an instruction is visited again and again. */
  readonly omitted: number
  /** On failure: what the refused instruction reads. */
  readonly registers: readonly RegisterReport[]
  /** Of a program that was refused: the log as the kernel wrote it, cut in the middle where it is long. */
  readonly log: string
}

export interface RejectionReport {
  /** A few words. */
  readonly title: string
  /** What the verifier wanted and did not get. */
  readonly sentence: string
  /** What to change in the C source; '' where nothing is known. */
  readonly advice: string
  /** What refuses in the kernel. */
  readonly source: string
}

export interface WalkEntry {
  readonly insn: number
  /**
   * All registers before the instruction, as far as the log tells, in the kernel's words: `R1=ctx() R10=fp0`. '' where they
   * are those of the entry before with its `changes`; `registersAt` puts them together.
   */
  readonly state: string
  /** The registers that it changed; '' where the log does not say. */
  readonly changes: string
  /** What comes before it: a branch that is taken up, a call, a return; '' otherwise. */
  readonly event: string
  /** Which way a conditional jump goes on the path that failed. */
  readonly decision: 'taken' | 'not taken' | undefined
}

export interface RegisterReport {
  /** `R1`, or `fp-8` for eight bytes of the stack. */
  readonly register: string
  /** In the verifier's words; undefined where it holds nothing that may be read, or the log does not tell. */
  readonly value: string | undefined
  /** The instruction on the path that gave it that; undefined for an argument of the program, or what was never written. */
  readonly writtenAt: number | undefined
  /** Whether that instruction is a call, which keeps nothing of r1 to r5. */
  readonly lost: 'in a call' | 'no'
}

/** Chapter 8. */
export interface AttachChapter {
  readonly links: readonly LinkReport[]
}

export interface LinkReport {
  readonly program: string
  /** e.g. `tracepoint sched/sched_process_exec`; why there is none where there is none. */
  readonly target: string
  /** e.g. `by a BPF link`; undefined where it was not attached. */
  readonly how: string | undefined
  /** Numbers of the system calls of chapter 6. */
  readonly syscalls: readonly number[]
}
