import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadObject } from '../../src/loader/load_object.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { featureTest } from '../kernel/require.ts'
import { aluImm, exit, loadImm64, loadMem, movImm, storeMem } from '../../src/insn/assemble.ts'
import { BPF_ADD, BPF_W } from '../../src/insn/opcodes.ts'
import { type ObjectDescription, writeObject } from '../object/object_writer.ts'
import { type Ending, rawbpf, Running } from './tracer.ts'

/** Runs rawbpf until it ends. */
export async function run(...args: readonly string[]): Promise<Ending> {
  await using running = new Running(rawbpf(...args))
  return await running.ended
}

/** Runs a script of /bin/sh whose arguments are the command line of rawbpf. */
export async function runInShell(script: string, ...args: readonly string[]): Promise<Ending> {
  await using running = new Running(['/bin/sh', '-c', script, 'sh', ...rawbpf(...args)])
  return await running.ended
}

/** Runs rawbpf as nobody, with no right but that to read the checkout. */
export async function runUnprivileged(...args: readonly string[]): Promise<Ending> {
  const set = '-all,+dac_read_search'
  const identity = ['--reuid=65534', '--regid=65534', '--clear-groups']
  // tsx would keep its cache in a directory of that user, and leave it there.
  const env = { ...process.env, TSX_DISABLE_CACHE: '1' }
  const command = [...identity, `--inh-caps=${set}`, `--ambient-caps=${set}`, ...rawbpf(...args)]
  await using running = new Running(['setpriv', ...command], { env })
  return await running.ended
}

/** A folder that is removed on disposal, with whatever is in it and the BPF file systems in it. */
export class Folder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'rawbpf-command-'))
  readonly #mounts = new Set<string>()

  at(name: string): string {
    return join(this.path, name)
  }

  write(name: string, bytes: Uint8Array | string): string {
    writeFileSync(this.at(name), bytes)
    return this.at(name)
  }

  object(description: ObjectDescription, name = 'test.bpf.o'): string {
    return this.write(name, writeObject(description))
  }

  /** Mounts a BPF file system. */
  bpfFs(name: string): string {
    mkdirSync(this.at(name))
    execFileSync('mount', ['-t', 'bpf', 'bpf', this.at(name)], { stdio: 'pipe' })
    return this.mounted(name)
  }

  /** Something that is mounted there is to be unmounted. */
  mounted(name: string): string {
    this.#mounts.add(this.at(name))
    return this.at(name)
  }

  [Symbol.dispose](): void {
    for (const mount of this.#mounts) execFileSync('umount', [mount], { stdio: 'pipe' })
    rmSync(this.path, { recursive: true })
  }
}

/** Of `cb` in `struct __sk_buff` (include/uapi/linux/bpf.h). */
const CB = 48

/** Tests that load all of `fiveTypes`, one of which is newer than the oldest kernels. */
export const fiveTypesTest = featureTest({
  name: 'programs of type syscall',
  since: [5, 14],
  whyNot: () => {
    const programs = [{ section: 'syscall', insns: [movImm(0, 0), exit()] }]
    loadObject(parseObject(writeObject({ programs }), 'syscall.bpf.o')).close()
    return undefined
  },
})

/** Programs of five types, all of which a kernel takes; a map, and data sections. */
export const fiveTypes: ObjectDescription = {
  programs: [
    {
      name: 'pass',
      section: 'xdp',
      insns: [loadImm64(1, 0n), movImm(0, 2), exit()],
      relocations: [{ insn: 0, symbol: 'counts' }],
    },
    {
      name: 'length',
      section: 'tc',
      // Storing an immediate into a context is allowed since Linux 6.3.
      insns: [movImm(2, 7), storeMem(BPF_W, 1, CB, 2), loadMem(BPF_W, 0, 1, 0), exit()],
    },
    { name: 'on_exec', section: 'tp/sched/sched_process_exec' },
    {
      name: 'next',
      section: 'syscall',
      insns: [loadMem(BPF_W, 2, 1, 0), aluImm(BPF_ADD, 2, 1), storeMem(BPF_W, 1, 4, 2), movImm(0, 9), exit()],
    },
    { name: 'argument', section: 'raw_tp/sched_switch', insns: [loadMem(BPF_W, 0, 1, 8), exit()] },
  ],
  maps: [{ name: 'counts', uints: { type: 2, max_entries: 1 }, types: { key: 'u32', value: 'u64' } }],
  data: {
    '.data.custom': [{ name: 'custom', type: 'u64' }],
    '.rodata': [{ name: 'limit', type: 'u64' }],
    '.bss': [{ name: 'lost', type: 'u64' }],
  },
}
