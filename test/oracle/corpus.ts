import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '../../scripts/debian-suite.ts'
import type { Clang, OracleTools } from '../../scripts/oracle-tools.ts'

/**
 * The corpus: small programs of our own, each with comment lines at its top that say what it is for.
 *
 *     // covers: maps: __uint, __type         one line for each feature, "area: feature"
 *     // expect: fails                        neither loader can load it; default: both can
 *     // expect: alike: why                    it depends on the kernel, and both do the same
 *     // expect: types: why                    rawbpf loads the types that the kernel refused from bpftool
 *     // expect: rawbpf: why                  libbpf refuses it, rawbpf loads it
 *     // clang: 14                            the oldest clang that can compile it
 *     // flags: -mcpu=v4                      further flags of the compiler
 *     // then: llvm-strip -g                  what is done to the object behind the compiler, an LLVM tool of this machine
 *     // resize: .bss 4096                    the value size that a map is given before the load
 */
export interface Source {
  readonly name: string
  readonly path: string
  readonly covers: readonly string[]
  readonly expect: 'both' | 'neither' | 'alike' | 'types' | 'rawbpf'
  readonly oldestClang: number
  readonly flags: readonly string[]
  /** A command to which the object's path is added; empty for none. */
  readonly then: readonly string[]
  /** Default none. */
  readonly resizes?: readonly Resize[]
}

/** A map, as libbpf's users call it, and the bytes that its values are to have. */
export interface Resize {
  readonly map: string
  readonly size: number
}

export interface BuiltObject {
  readonly name: string
  readonly source: Source
  readonly clang: number
  readonly path: string
}

export const corpusFolder = join(import.meta.dirname, 'corpus')

export function readCorpus(): readonly Source[] {
  return readdirSync(corpusFolder)
    .filter((file) => file.endsWith('.bpf.c'))
    .sort()
    .map((file) => readSource(corpusFolder, file))
}

const EXPECTATIONS: ReadonlyMap<string, Source['expect']> = new Map([
  ['fails', 'neither'],
  ['alike', 'alike'],
  ['types', 'types'],
  ['rawbpf', 'rawbpf'],
])

/** A source with what its comment lines say. */
export function readSource(folder: string, file: string): Source {
  const path = join(folder, file)
  const text = readFileSync(path, 'utf8')
  const directives = (name: string): readonly string[] =>
    [...text.matchAll(new RegExp(`^// ${name}: (.*)$`, 'gm'))].map(([, value]) => value ?? '')
  const [expect = ''] = directives('expect')
  const resizes = directives('resize').map((resize) => {
    const [map = '', size] = resize.split(' ')
    return { map, size: Number(size) }
  })
  return {
    name: file.replace(/\.bpf\.c$/, ''),
    path,
    covers: directives('covers'),
    expect: EXPECTATIONS.get(expect.split(':')[0] ?? '') ?? 'both',
    oldestClang: Number(directives('clang')[0] ?? 0),
    flags: directives('flags').flatMap((flags) => flags.split(' ')),
    then: directives('then').flatMap((command) => command.split(' ')),
    ...(resizes.length === 0 ? {} : { resizes }),
  }
}

/** Compiles a source into the cache folder; gives the compiler's words where it cannot. */
export function build(
  source: Source,
  clang: Clang,
  tools: Pick<OracleTools, 'includes'>,
): BuiltObject | { readonly error: string } {
  const folder = join(cacheFolder, 'objects', `clang${clang.version}`)
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${source.name}.bpf.o`)
  const includes = tools.includes.flatMap((include) => ['-isystem', include])
  const { file, args } = clang.command
  const { status, stderr } = spawnSync(
    file,
    [...args, '-O2', '-g', '-target', 'bpf', '-mcpu=v3', ...includes, '-I', corpusFolder, ...source.flags]
      .concat(['-Wall', '-Wno-unused-function', '-Wno-visibility', '-fdebug-compilation-dir', '.'])
      .concat(['-c', source.path, '-o', path]),
    { encoding: 'utf8' },
  )
  if (status !== 0) return { error: stderr }
  const [tool, ...toolArgs] = source.then
  if (tool !== undefined) {
    const change = spawnSync(tool, [...toolArgs, path], { encoding: 'utf8' })
    if (change.status !== 0) return { error: change.error?.message ?? change.stderr }
  }
  return { name: `${source.name} (clang ${clang.version})`, source, clang: clang.version, path }
}
