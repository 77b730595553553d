import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import {
  cacheFolder,
  type Command,
  SuiteError,
  TRIPLET,
  unpackSuite,
  withLibraries,
} from '../../scripts/oracle-suite.ts'

/** libbpf_peer.c, built with the newest libbpf that Debian has: what bpftool does not show of it. */
export interface LibbpfPeer {
  /** The instructions of each program that is loaded by default, relocated for the types in `target`. */
  readonly relocate: (target: string, object: string) => Answer<ReadonlyMap<string, Uint8Array>>
  /** The types that are loaded into a kernel that refuses some features (names of `BtfFeature`). */
  readonly sanitize: (object: string, lacking: readonly string[]) => Answer<Uint8Array>
  /** A module's types, distilled from one kernel and put on another; they are raw BTF, in files. */
  readonly move: (base: string, target: string, module: string) => MovedModule
}

/** libbpf's words where it fails. */
export type Answer<T> =
  { readonly kind: 'done'; readonly value: T } | { readonly kind: 'failed'; readonly text: string }

export interface MovedModule {
  /** The distilled base, and the module's types on top of it. */
  readonly distilled: Uint8Array
  readonly split: Uint8Array
  readonly moved: Answer<Uint8Array>
}

const SUITE = 'sid'
const SOURCE = join(import.meta.dirname, 'libbpf_peer.c')

/** @throws SuiteError where there is no libbpf or no C compiler */
export function buildPeer(): LibbpfPeer {
  const suite = unpackSuite(SUITE, ['libbpf-dev', 'linux-libc-dev'])
  const folder = join(cacheFolder, 'peer')
  mkdirSync(folder, { recursive: true })
  const program = join(folder, 'libbpf_peer')
  if (!existsSync(program) || statSync(program).mtimeMs < statSync(SOURCE).mtimeMs)
    compile(suite.root, program)
  const command = withLibraries(suite, program)
  const scratch = join(folder, 'out.btf')
  return {
    relocate: (target, object) => map(ask(command, 'relocate', target, object), parsePrograms),
    sanitize: (object, lacking) =>
      map(ask(command, 'sanitize', scratch, object, ...lacking), () => readFileSync(scratch)),
    move: (base, target, module) => {
      const moved = map(ask(command, 'move', base, target, module, scratch), () => readFileSync(scratch))
      return { distilled: readFileSync(`${scratch}.base`), split: readFileSync(`${scratch}.split`), moved }
    },
  }
}

function compile(root: string, program: string): void {
  const headers = [join(root, 'usr/include'), join(root, 'usr/include', TRIPLET)]
  const { status, stderr, error } = spawnSync(
    'cc',
    ['-O2', '-Wall', ...headers.flatMap((folder) => ['-isystem', folder]), SOURCE]
      .concat([join(root, 'usr/lib', TRIPLET, 'libbpf.so.1'), '-ldl'])
      // libbpf's own libraries are those of its suite, which are there when it runs.
      .concat(['-Wl,--allow-shlib-undefined', '-o', program]),
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new SuiteError(`cannot build libbpf_peer.c: ${error?.message ?? stderr}`)
}

function ask({ file, args }: Command, ...words: readonly string[]): Answer<string> {
  const { status, stdout, stderr } = spawnSync(file, [...args, ...words], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  return status === 0 ? { kind: 'done', value: stdout } : { kind: 'failed', text: stderr.trim() }
}

function map<From, To>(answer: Answer<From>, change: (value: From) => To): Answer<To> {
  return answer.kind === 'done' ? { kind: 'done', value: change(answer.value) } : answer
}

function parsePrograms(text: string): ReadonlyMap<string, Uint8Array> {
  const lines = text.split('\n').filter((line) => line !== '')
  return new Map(
    lines.map((line) => {
      const [name = '', bytes = ''] = line.split(' ')
      return [name, Uint8Array.from(Buffer.from(bytes, 'hex'))]
    }),
  )
}
