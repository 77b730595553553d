import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { type LoadedProgramPicture, photographProgram, programFdById } from './loaded_program.ts'

/**
 * Loads an object with bpftool, which has libbpf in it, and gives what the kernel made of its programs. bpftool wants to
 * pin them; the pins are in a bpffs that only a mount namespace of its own sees, and end with it.
 *
 * @returns The programs by name, or what bpftool said where it refused the object.
 */
export async function loadWithLibbpf(
  kernel: Kernel,
  object: string,
): Promise<ReadonlyMap<string, LoadedProgramPicture> | string> {
  const folder = mkdtempSync(join(tmpdir(), 'rawbpf-libbpf-'))
  const child = spawn('unshare', ['-m', 'sh', '-c', SCRIPT, 'sh', folder, object], { stdio: 'pipe' })
  const errors: string[] = []
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()))
  try {
    let output = ''
    for await (const chunk of child.stdout) {
      output += String(chunk)
      if (output.includes('\nloaded\n')) break
    }
    if (!output.includes('\nloaded\n')) return errors.join('')
    const ids = [...output.matchAll(/^(\d+):/gm)].map(([, id]) => Number(id))
    return new Map(ids.map((id) => photographById(kernel, id)).map((picture) => [picture.name, picture]))
  } finally {
    child.stdin.end()
    if (child.exitCode === null) await once(child, 'exit')
    rmdirSync(folder)
  }
}

/** Holds the namespace open until its standard input ends. */
const SCRIPT = `
mount -t bpf bpf "$1" || exit 1
bpftool prog loadall "$2" "$1/programs" >&2 || exit 1
for program in "$1"/programs/*; do bpftool prog show pinned "$program"; done
printf '\\nloaded\\n'
read -r _ || :
`

function photographById(kernel: Kernel, id: number): LoadedProgramPicture {
  const fd = programFdById(kernel, id)
  try {
    return photographProgram(kernel, fd)
  } finally {
    kernel.close(fd)
  }
}

/** What keeps this machine from loading with bpftool; undefined where nothing does. */
export function whyNoLibbpf(): string | undefined {
  execFileSync('bpftool', ['version'], { stdio: 'pipe' })
  execFileSync('unshare', ['-m', 'true'], { stdio: 'pipe' })
  return undefined
}
