/**
 * The tools that the oracle compares with and builds with: the newest bpftool that Debian has, libbpf's headers, and
 * clang 11, 14, 19 and 21. What cannot be had is left out, with a line that says so. Run as a program, it prints them.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder, type Command, suiteCommand, SuiteError, TRIPLET, unpackSuite } from './debian-suite.ts'

export interface Clang {
  readonly version: number
  readonly command: Command
}

export interface OracleTools {
  readonly bpftool: Command
  /** What `bpftool version` says, in one line. */
  readonly bpftoolVersion: string
  readonly clangs: readonly Clang[]
  /** Folders with headers, the first one first. */
  readonly includes: readonly string[]
  /** What could not be had and what is used instead, a line each. */
  readonly notes: readonly string[]
}

/** The suite that has each clang. The suites are cached; another one means another download. */
const CLANGS = [
  { version: 11, suite: 'bullseye' },
  { version: 14, suite: 'bookworm' },
  { version: 19, suite: 'bookworm' },
  { version: 21, suite: 'sid' },
] as const

/** The newest bpftool and libbpf are in the suite that never gets a release. */
export const BPFTOOL_SUITE = 'sid'

/** @throws SuiteError where there is no bpftool at all. */
export function oracleTools(): OracleTools {
  mkdirSync(cacheFolder, { recursive: true })
  const notes: string[] = []
  const bpftool = findBpftool(notes)
  return {
    bpftool,
    bpftoolVersion: execFileSync(bpftool.file, [...bpftool.args, 'version'], { encoding: 'utf8' })
      .split('\n')
      .slice(0, 2)
      .join(', '),
    clangs: CLANGS.flatMap(({ version, suite }) => findClang(version, suite, notes)),
    includes: findHeaders(notes),
    notes,
  }
}

/**
 * One clang, and the headers.
 *
 * @throws SuiteError where it cannot be had.
 */
export function clangTools(version: (typeof CLANGS)[number]['version']): {
  readonly clang: Clang
  readonly includes: readonly string[]
} {
  mkdirSync(cacheFolder, { recursive: true })
  const notes: string[] = []
  const suite = CLANGS.find((each) => each.version === version)?.suite ?? BPFTOOL_SUITE
  const [clang] = findClang(version, suite, notes)
  const includes = findHeaders(notes)
  if (clang === undefined) throw new SuiteError(notes.join('; '))
  return { clang, includes }
}

function findBpftool(notes: string[]): Command {
  try {
    return suiteCommand(unpackSuite(BPFTOOL_SUITE, ['bpftool']), 'usr/sbin/bpftool')
  } catch (error) {
    if (!(error instanceof SuiteError)) throw error
    notes.push(`FALLBACK: bpftool of this machine, which knows less: ${error.message}`)
    const installed = ['/usr/sbin/bpftool', '/usr/bin/bpftool'].find((path) => existsSync(path))
    if (installed === undefined)
      throw new SuiteError('there is no bpftool on this machine either', { cause: error })
    return { file: installed, args: [] }
  }
}

function findClang(version: number, suite: string, notes: string[]): readonly Clang[] {
  const installed = `/usr/bin/clang-${version}`
  if (existsSync(installed)) return [{ version, command: { file: installed, args: [] } }]
  try {
    const unpacked = unpackSuite(suite, [`clang-${version}`])
    const folder = `usr/lib/llvm-${version}`
    const { file, args } = suiteCommand(unpacked, `${folder}/bin/clang`, [`${folder}/lib`])
    // clang looks for its own headers beside /proc/self/exe, which is ld.so here.
    const resources = ['', '.0.1', '.0.0', '.1.8', '.1.7']
      .map((rest) => join(unpacked.root, folder, 'lib', 'clang', `${version}${rest}`))
      .find((path) => existsSync(join(path, 'include')))
    const own = resources === undefined ? [] : ['-resource-dir', resources]
    return [{ version, command: { file, args: [...args, ...own] } }]
  } catch (error) {
    if (!(error instanceof SuiteError)) throw error
    notes.push(`MISSING: clang ${version}: ${error.message}`)
    return []
  }
}

function findHeaders(notes: string[]): readonly string[] {
  const below = (root: string): readonly string[] => [
    join(root, 'usr/include'),
    join(root, 'usr/include', TRIPLET),
  ]
  try {
    return below(unpackSuite(BPFTOOL_SUITE, ['libbpf-dev', 'linux-libc-dev']).root)
  } catch (error) {
    if (!(error instanceof SuiteError)) throw error
    notes.push(`FALLBACK: the headers of this machine: ${error.message}`)
    return below('/')
  }
}

if (process.argv[1] === import.meta.filename) {
  const { bpftoolVersion, clangs, includes, notes } = oracleTools()
  console.log(bpftoolVersion)
  for (const { version, command } of clangs) {
    const said = execFileSync(command.file, [...command.args, '--version'], { encoding: 'utf8' })
    console.log(`clang ${version}: ${said.split('\n')[0] ?? ''}`)
  }
  console.log(`headers: ${includes.join(', ')}`)
  for (const note of notes) console.log(note)
}
