/**
 * `npm run test:btf-dump`: what `rawbpf btf dump` says of the types of this kernel, of Debian's kernels and their modules,
 * and of BPF objects, beside what the newest bpftool of Debian says.
 *
 * - Raw lines have to be the same, and JSON once it is parsed.
 * - A kernel's C header, compiled by the clangs that describe all types, has to have the types of the kernel: sizes, offsets,
 *   widths of bitfields, values. The older clangs have to compile it, without a warning.
 * - A C header has to be bpftool's, definition by definition. Where one is another text, both headers are compiled, and ours
 *   may differ from bpftool's only in what bpftool's has otherwise than the kernel.
 *
 * `npm run test:btf-dump -- FILE ...` does it with files of anybody's.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { otherKernel } from '../../scripts/debian-kernel.ts'
import { cacheFolder, type Command, SuiteError } from '../../scripts/debian-suite.ts'
import { type Clang, oracleTools } from '../../scripts/oracle-tools.ts'
import type { Btf } from '../../src/btf/btf.ts'
import { dumpC } from '../../src/btf/c_dump/dump_c.ts'
import { dumpRaw, dumpRawJson } from '../../src/btf/raw_dump/dump_raw.ts'
import { parseBtfFile } from '../../src/object/btf_file.ts'
import { checkHeader, compiledLayouts, type Layouts, layoutsOf, missingLayouts } from './layouts.ts'

const repository = join(import.meta.dirname, '../..')
const work = join(cacheFolder, '..', 'btf-dump')

/** Debian's kernels: 5.10, 6.1, 6.12 and the newest. */
const SUITES = ['bullseye', 'bookworm', 'trixie', 'sid'] as const

/** Its `va_list` is what BPF has for it, not what the kernel's processor has. */
const KNOWN = 'struct warn_args: '

interface Subject {
  readonly name: string
  readonly path: string
  readonly base: string | undefined
  /** Whether clang is to compile the header. */
  readonly header: 'compiled' | 'text'
}

function kernels(): readonly Subject[] {
  const running = '/sys/kernel/btf/vmlinux'
  const here: Subject = { name: 'this-kernel', path: running, base: undefined, header: 'compiled' }
  const others = SUITES.flatMap((suite) => {
    try {
      const { release, vmlinux, modules } = otherKernel(suite)
      return [
        { name: release, path: vmlinux, base: undefined, header: 'compiled' } as const,
        ...modules.map((path) => ({
          name: `${release}-${basename(path)}`,
          path,
          base: vmlinux,
          header: 'text' as const,
        })),
      ]
    } catch (error) {
      if (!(error instanceof SuiteError)) throw error
      console.log(`MISSING: ${error.message}`)
      return []
    }
  })
  return [...(existsSync(running) ? [here] : []), ...others]
}

function objects(): readonly Subject[] {
  return ['bpf', 'test/fixtures']
    .flatMap((folder) =>
      readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
        join(folder, file),
      ),
    )
    .filter((file) => file.endsWith('.bpf.o') || file.endsWith('.btf'))
    .map((file) => ({
      name: file.replaceAll('/', '-'),
      path: join(repository, file),
      base: undefined,
      header: 'text',
    }))
}

/** Definitions that only one of two headers has. */
interface DifferingDefinitions {
  readonly ours: ReadonlySet<string>
  readonly theirs: ReadonlySet<string>
}

/** By path, of the headers that were compared so far. */
const headers = new Map<string, DifferingDefinitions | undefined>()

/** Undefined where those that both have are not in the same order. */
function differingDefinitions(ours: string, theirs: string): DifferingDefinitions | undefined {
  const [a, b] = [ours.split('\n\n'), theirs.split('\n\n')]
  const [inA, inB] = [new Set(a), new Set(b)]
  const both = (definitions: readonly string[], others: ReadonlySet<string>): string =>
    definitions.filter((each) => others.has(each)).join('\n\n')
  if (both(a, inB) !== both(b, inA)) return undefined
  return {
    ours: new Set(a.filter((each) => !inB.has(each))),
    theirs: new Set(b.filter((each) => !inA.has(each))),
  }
}

/** The first clang that writes enumerators of 64 bits. */
const DESCRIBES_ALL_TYPES = 15

const withoutOrdinals = (definition: string): string => definition.replace(/___\d+\b/g, '')

/** The name that a line of missingLayouts() begins with. */
const nameIn = (line: string): string => line.replace(/:.*/s, '')

class Comparison {
  readonly #bpftool: Command
  readonly #clangs: readonly Clang[]
  readonly #subject: Subject
  readonly #btf: Btf
  readonly #differences: string[] = []

  constructor(bpftool: Command, clangs: readonly Clang[], subject: Subject) {
    this.#bpftool = bpftool
    this.#clangs = clangs
    this.#subject = subject
    const { path, base } = subject
    const baseBtf = base === undefined ? undefined : parseBtfFile(readFileSync(base), { name: base })
    this.#btf = parseBtfFile(readFileSync(path), { name: path, base: baseBtf })
  }

  run(): readonly string[] {
    this.#compareRaw()
    this.#compareJson()
    this.#compareHeaders()
    return this.#differences
  }

  #compareRaw(): void {
    const ours = [...dumpRaw(this.#btf)].join('').split('\n')
    const theirs = this.#ask([]).split('\n')
    const line = ours.findIndex((each, index) => each !== theirs[index])
    if (line === -1 && ours.length === theirs.length) return
    this.#differ(`raw, line ${line + 1}: ${ours[line] ?? ''}\n    bpftool: ${theirs[line] ?? ''}`)
  }

  #compareJson(): void {
    const ours = parseTypes([...dumpRawJson(this.#btf)].join(''))
    const theirs = parseTypes(this.#ask([], ['--json']))
    const expected = theirs.types.map(mended)
    const index = expected.findIndex((type, place) => !isDeepStrictEqual(type, ours.types[place]))
    if (index === -1 && ours.types.length === expected.length) return
    this.#differ(
      `json, ${JSON.stringify(ours.types[index])}\n    bpftool: ${JSON.stringify(expected[index])}`,
    )
  }

  #compareHeaders(): void {
    const ours = [...dumpC(this.#btf)].join('')
    const theirs = this.#ask(['format', 'c', 'unsorted'])
    const only = differingDefinitions(ours, theirs)
    headers.set(this.#subject.path, only)
    if (only === undefined) this.#differ('c: the definitions are in another order')
    else if (this.#subject.header === 'compiled') this.#compile(ours, theirs, only)
    else this.#compareWithBase(only)
  }

  /** A module's header has that of its kernel in it, with what is other there. */
  #compareWithBase(only: DifferingDefinitions): void {
    const base = headers.get(this.#subject.base ?? '')
    const known = new Set([...(base?.ours ?? []), ...(base?.theirs ?? [])].map(withoutOrdinals))
    for (const [whose, definitions] of Object.entries({ ours: only.ours, theirs: only.theirs })) {
      const unknown = [...definitions].filter((each) => !known.has(withoutOrdinals(each)))
      for (const each of unknown) this.#differ(`c, ${whose} alone: ${each}`)
    }
  }

  #compile(ours: string, theirs: string, only: DifferingDefinitions): void {
    const wanted = layoutsOf(this.#btf)
    for (const clang of this.#clangs) {
      if (clang.version < DESCRIBES_ALL_TYPES) {
        this.#attempt(`clang ${clang.version} refuses the header`, () => {
          checkHeader(ours, this.#header(`rawbpf-${clang.version}`), clang)
        })
        continue
      }
      const found = this.#layouts(ours, `rawbpf-${clang.version}`, clang, [])
      const missing = missingLayouts(wanted, found).filter((each) => !each.startsWith(KNOWN))
      for (const each of missing) this.#differ(`c: clang ${clang.version} compiles another ${each}`)
      console.log(
        `    clang ${clang.version}: ${wanted.size} names compiled, ${missing.length} not as in the kernel`,
      )
    }
    const newest = this.#clangs.at(-1)
    if (only.ours.size === 0 || newest === undefined) return
    console.log(`    c: ${only.ours.size} definitions are others than bpftool's`)
    const bpftools = this.#layouts(theirs, 'bpftool', newest, ['-fms-extensions', '-Wno-microsoft-anon-tag'])
    const found = this.#layouts(ours, 'rawbpf', newest, [])
    const wrong = new Set(missingLayouts(wanted, bpftools).map(nameIn))
    for (const each of missingLayouts(bpftools, found)) {
      if (wrong.has(nameIn(each))) console.log(`    c: bpftool has another ${nameIn(each)} than the kernel`)
      else this.#differ(`c: bpftool's ${each}`)
    }
  }

  #layouts(header: string, by: string, clang: Clang, options: readonly string[]): Layouts {
    return (
      this.#attempt(`clang ${clang.version} refuses the header of ${by}`, () =>
        compiledLayouts(header, this.#header(by), clang, options),
      ) ?? new Map<string, ReadonlySet<string>>()
    )
  }

  #attempt<Result>(what: string, action: () => Result): Result | undefined {
    try {
      return action()
    } catch (error) {
      const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
      this.#differ(`c: ${what}: ${said.split('\n').slice(0, 5).join('\n    ')}`)
      return undefined
    }
  }

  #header(by: string): string {
    return join(work, `${this.#subject.name}-${by}.h`)
  }

  #ask(words: readonly string[], options: readonly string[] = []): string {
    const { path, base } = this.#subject
    const { file, args } = this.#bpftool
    const split = base === undefined ? [] : ['--base-btf', base]
    return execFileSync(file, [...args, ...options, ...split, 'btf', 'dump', 'file', path, ...words], {
      encoding: 'utf8',
      maxBuffer: 1 << 30,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  }

  #differ(what: string): void {
    this.#differences.push(what)
  }
}

interface JsonTypes {
  readonly types: readonly JsonType[]
}

interface JsonType {
  readonly kind: string
  readonly encoding?: string
  readonly values?: readonly { readonly name: string; readonly val: string }[]
}

/** With the values of enumerators as text, since numbers would be rounded. */
function parseTypes(json: string): JsonTypes {
  return JSON.parse(json.replace(/"val":(-?\d+)/g, '"val":"$1"')) as JsonTypes
}

/** bpftool 7.8 extends unsigned enumerators of 32 bits by their sign. */
function mended(type: JsonType): JsonType {
  if (type.kind !== 'ENUM' || type.encoding !== 'UNSIGNED' || type.values === undefined) return type
  const values = type.values.map(({ name, val }) => ({ name, val: `${BigInt.asUintN(32, BigInt(val))}` }))
  return { ...type, values }
}

function main(files: readonly string[]): number {
  mkdirSync(work, { recursive: true })
  const { bpftool, bpftoolVersion, clangs, notes } = oracleTools()
  console.log(`${bpftoolVersion}; clang ${clangs.map(({ version }) => version).join(', ')}`)
  for (const note of notes) console.log(note)
  const subjects =
    files.length > 0
      ? files.map((path) => ({ name: basename(path), path, base: undefined, header: 'compiled' as const }))
      : [...kernels(), ...objects()]
  let count = 0
  for (const subject of subjects) {
    const differences = new Comparison(bpftool, clangs, subject).run()
    console.log(`${differences.length === 0 ? 'same' : 'DIFFERENT'}: ${subject.name}`)
    for (const difference of differences.slice(0, 20)) console.log(`    ${difference.slice(0, 1000)}`)
    count += differences.length
  }
  console.log(`${subjects.length} files, ${count} differences`)
  return count === 0 && subjects.length > 0 ? 0 : 1
}

process.exitCode = main(process.argv.slice(2))
