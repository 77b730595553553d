import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder, type Command } from '../../scripts/debian-suite.ts'
import { buildWithLibbpf } from './build_peer.ts'

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

/** @throws SuiteError where there is no libbpf or no C compiler */
export function buildPeer(): LibbpfPeer {
  const command = buildWithLibbpf('libbpf_peer.c')
  const folder = join(cacheFolder, 'peer')
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
