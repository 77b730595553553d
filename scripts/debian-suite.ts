import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Programs of another Debian suite, without touching the machine: apt is given a sources list, state and cache of its own
 * below `.cache/debian`, so that it knows nothing of what is installed and resolves dependencies as for an empty machine;
 * the packages are unpacked there with dpkg-deb, and started through the loader (ld.so) of their own suite, which takes
 * their own libraries. Packages of another architecture can be unpacked, and are started by an emulator. The suite comes from the mirror that the machine's apt is set up with.
 */

export const cacheFolder = join(import.meta.dirname, '..', '.cache', 'debian')

/** As Debian calls architectures. */
export type Architecture = 'amd64' | 'arm64'

export const machineArchitecture: Architecture = process.arch === 'arm64' ? 'arm64' : 'amd64'

/** Why a suite's packages could not be had. */
export class SuiteError extends Error {}

/** A folder with the unpacked packages of one suite. */
export interface SuiteRoot {
  readonly suite: string
  readonly architecture: Architecture
  readonly root: string
}

/** A program and the arguments that come before its own. */
export interface Command {
  readonly file: string
  readonly args: readonly string[]
}

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

/**
 * Downloads and unpacks `packages` of `suite` with the libraries they need, unless that was done before.
 *
 * @param isWanted Which of the packages that they depend on come along. Default: shared libraries.
 * @param architecture Default: this machine's.
 * @throws SuiteError
 */
export function unpackSuite(
  suite: string,
  packages: readonly string[],
  isWanted: (name: string) => boolean = isLibrary,
  architecture: Architecture = machineArchitecture,
): SuiteRoot {
  const folder = join(cacheFolder, architecture === machineArchitecture ? suite : `${suite}-${architecture}`)
  const root = join(folder, 'root')
  const done = join(folder, 'unpacked', packages.join('+'))
  if (existsSync(done)) return { suite, architecture, root }
  for (const part of ['etc', 'state/lists/partial', 'cache/archives/partial', 'debs', 'root', 'unpacked'])
    mkdirSync(join(folder, part), { recursive: true })
  writeFileSync(join(folder, 'etc', 'sources.list'), sourcesList(suite))
  writeFileSync(join(folder, 'etc', 'status'), '')
  writeFileSync(join(folder, 'etc', 'apt.conf'), settings(folder, architecture))
  apt(folder, ['update', '-qq'])
  const wanted = closure(folder, packages).filter((name) => packages.includes(name) || isWanted(name))
  apt(folder, ['download', '-qq', ...wanted], join(folder, 'debs'))
  for (const deb of readdirSync(join(folder, 'debs')))
    run('dpkg-deb', ['-x', join(folder, 'debs', deb), root], folder)
  rmSync(join(folder, 'debs'), { recursive: true })
  writeFileSync(done, '')
  return { suite, architecture, root }
}

/**
 * How to start a program of a suite.
 *
 * @param program A path below the suite's root, e.g. `usr/sbin/bpftool`.
 * @param libraries Folders with libraries beside the usual ones, below the root.
 * @throws SuiteError
 */
export function suiteCommand(
  suiteRoot: SuiteRoot,
  program: string,
  libraries: readonly string[] = [],
): Command {
  const path = join(suiteRoot.root, program)
  if (!existsSync(path)) throw new SuiteError(`${suiteRoot.suite}: ${program} is not among what was unpacked`)
  return withLibraries(suiteRoot, path, libraries)
}

/**
 * How to start a program of this machine with the libraries of a suite, which may be newer than its own.
 *
 * @throws SuiteError
 */
export function withLibraries(
  { suite, architecture, root }: SuiteRoot,
  path: string,
  libraries: readonly string[] = [],
): Command {
  const loader = findLoader(root, triplets[architecture])
  if (loader === undefined) throw new SuiteError(`${suite}: ld.so is not among what was unpacked`)
  const folders = [
    ...libraryFolders(root, triplets[architecture]),
    ...libraries.map((folder) => join(root, folder)),
  ]
  return { file: loader, args: ['--library-path', folders.join(':'), path] }
}

/** After what Debian calls folders of libraries and headers. */
export const triplets = { amd64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' } as const

/** This machine's. */
export const TRIPLET = triplets[machineArchitecture]

/** Where ld.so has a symlink with an absolute path, which leads out of the root, the file itself is beside libc. */
function findLoader(root: string, triplet: string): string | undefined {
  return ['lib64', 'usr/lib64', 'lib', 'usr/lib', `lib/${triplet}`, `usr/lib/${triplet}`]
    .map((folder) => join(root, folder))
    .flatMap((folder) => (existsSync(folder) ? readdirSync(folder).map((name) => ({ folder, name })) : []))
    .filter(({ name }) => /^ld-(linux-(x86-64|aarch64)\.so\.\d+|\d+\.\d+\.so)$/.test(name))
    .map(({ folder, name }) => join(folder, name))
    .find((path) => existsSync(path))
}

function libraryFolders(root: string, triplet: string): readonly string[] {
  return [join(root, 'lib', triplet), join(root, 'usr/lib', triplet)].filter((path) => existsSync(path))
}

/** Shared libraries, and of the -dev packages the compiler's own headers. */
function isLibrary(name: string): boolean {
  if (name.endsWith('-dev')) return name.startsWith('libclang-common-')
  return name.startsWith('lib') || name === 'zlib1g'
}

/** Everything that apt would install on an empty machine, the packages themselves included. */
function closure(folder: string, packages: readonly string[]): readonly string[] {
  const printed = apt(folder, ['install', '-qq', '-y', '--print-uris', ...packages])
  return [...printed.matchAll(/^'[^']*' ([^_\s]+)_/gm)].flatMap(([, name]) =>
    name === undefined ? [] : [name],
  )
}

/** The one line that names the mirror, in the cache folder only. */
function sourcesList(suite: string): string {
  const options = existsSync(KEYRING) ? `[signed-by=${KEYRING}] ` : ''
  return `deb ${options}${mirror()} ${suite} main\n`
}

function mirror(): string {
  const format = '$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)'
  const targets = run('apt-get', ['indextargets', '--format', format], cacheFolder).split('\n')
  const debian = targets.find((line) => line.startsWith('Debian|Debian|main|'))
  if (debian === undefined)
    throw new SuiteError(
      'apt knows no Debian mirror on this machine; where it should, run apt-get update once',
    )
  return debian.split('|')[3] ?? ''
}

/** An apt that knows nothing of this machine. */
function settings(folder: string, architecture: Architecture): string {
  const values = {
    'APT::Architecture': architecture,
    'APT::Architectures': architecture,
    'Dir::Etc::sourcelist': join(folder, 'etc', 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::State': join(folder, 'state'),
    'Dir::State::status': join(folder, 'etc', 'status'),
    'Dir::Cache': join(folder, 'cache'),
    'Debug::NoLocking': '1',
    'APT::Install-Recommends': '0',
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled': 'false',
  }
  return Object.entries(values)
    .map(([name, value]) => `${name} "${value}";\n`)
    .join('')
}

function apt(folder: string, args: readonly string[], cwd = folder): string {
  return run('apt-get', ['-c', join(folder, 'etc', 'apt.conf'), ...args], cwd)
}

function run(file: string, args: readonly string[], cwd: string): string {
  try {
    return execFileSync(file, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (cause) {
    const stderr = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : ''
    // The mirror's address stays out of what is printed, in case that it holds a password.
    const why = stderr.replaceAll(/\b\w+:\/\/\S+/g, '<address>')
    throw new SuiteError(`${file} ${args.at(-1) ?? ''} failed: ${why.split('\n').slice(-3).join(' ')}`, {
      cause,
    })
  }
}
