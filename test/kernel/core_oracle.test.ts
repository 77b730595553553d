import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { insnIndex } from '../../src/base/units.ts'
import { Btf } from '../../src/btf/btf.ts'
import { disassemble } from '../../src/insn/disassemble.ts'
import { isLdimm64 } from '../../src/insn/insn.ts'
import { InsnView } from '../../src/insn/insn_view.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { relocateObject } from '../../src/relocate/relocate_object.ts'
import type { RelocatedProgram } from '../../src/relocate/relocated_object.ts'
import { kernelTest } from './require.ts'

/** libbpf is a second opinion on every relocation, and bpftool is how to ask it. type_matches came with libbpf 1.0. */
const oracleTest = kernelTest("bpftool with libbpf 1, permission to load BPF, and the kernel's BTF", () => {
  const version = execFileSync('bpftool', ['version'], { encoding: 'utf8', stdio: 'pipe' })
  if (version.includes('libbpf v0.')) return version
  execFileSync('unshare', ['--mount', 'bpftool', 'prog', 'list'], { stdio: 'pipe' })
  readFileSync('/sys/kernel/btf/vmlinux')
  return undefined
})

const folder = join(import.meta.dirname, '../fixtures/core')

/** Loads an object with libbpf, as bpftool has it, in a mount namespace that takes the pinned programs with it when it ends. */
const script = `
set -eu
object=$1 scratch=$2
mkdir "$scratch/bpffs"
mount -t bpf bpf "$scratch/bpffs"
bpftool prog loadall "$object" "$scratch/bpffs/programs"
for program in "$scratch"/bpffs/programs/*; do
  bpftool prog dump xlated pinned "$program" file "$scratch/\${program##*/}"
done
`

/** What libbpf made of the programs, by their names. */
function relocatedByLibbpf(object: string, names: readonly string[]): ReadonlyMap<string, Uint8Array> {
  const scratch = mkdtempSync(join(tmpdir(), 'rawbpf-core-'))
  try {
    execFileSync('unshare', ['--mount', 'sh', '-c', script, 'sh', object, scratch], { stdio: 'pipe' })
    return new Map(names.map((name) => [name, Uint8Array.from(readFileSync(join(scratch, name)))]))
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

function relocatedByRawbpf(object: string): readonly RelocatedProgram[] {
  const targetBtf = (): Btf => Btf.parse(readFileSync('/sys/kernel/btf/vmlinux'), { name: 'vmlinux' })
  return relocateObject(parseObject(readFileSync(object), object), { targetBtf }).programs
}

/** One line for each instruction, so that a difference shows which relocation it is. */
function listing(insns: Uint8Array): readonly string[] {
  const view = new InsnView(insns)
  const lines: string[] = []
  for (let slot = 0; slot < view.length; slot++) {
    const insn = view.get(insnIndex(slot))
    const wide = isLdimm64(insn) && slot + 1 < view.length
    const text = wide ? disassemble(insn, view.imm(insnIndex(slot + 1))) : disassemble(insn)
    lines.push(`${slot}: ${text}`)
    if (wide) slot++
  }
  return lines
}

describe('CO-RE as libbpf resolves it', () => {
  const objects = [
    { file: 'relocations.clang19.bpf.o', names: ['ids', 'types', 'enumerators', 'fields', 'matches'] },
    { file: 'relocations.clang14.bpf.o', names: ['ids', 'types', 'enumerators', 'fields'] },
  ]
  for (const { file, names } of objects) {
    oracleTest(
      `is how rawbpf resolves it, in ${file}`,
      () => {
        const object = join(folder, file)
        const programs = relocatedByRawbpf(object)
        expect(programs.map(({ name }) => name)).toEqual(names)
        const theirs = relocatedByLibbpf(object, names)
        for (const { name, insns, coreRelocations } of programs) {
          expect(coreRelocations.length, name).toBeGreaterThan(10)
          expect(listing(insns), name).toEqual(listing(theirs.get(name) ?? new Uint8Array()))
        }
      },
      60_000,
    )
  }
})
