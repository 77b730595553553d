import { readFileSync } from 'node:fs'
import { otherKernel, type OtherKernel } from '../../scripts/debian-kernel.ts'
import { BpfError } from '../../src/base/errors.ts'
import { insnIndex } from '../../src/base/units.ts'
import { Btf } from '../../src/btf/btf.ts'
import { relocateSplitBtf } from '../../src/btf/relocate_split.ts'
import { type BtfFeature, sanitizeBtf } from '../../src/btf/sanitize.ts'
import { parseElf } from '../../src/elf/parse.ts'
import { disassemble } from '../../src/insn/disassemble.ts'
import { type Insn, isLdimm64 } from '../../src/insn/insn.ts'
import { InsnView } from '../../src/insn/insn_view.ts'
import { BPF_PSEUDO_MAP_FD, BPF_PSEUDO_MAP_VALUE } from '../../src/insn/opcodes.ts'
import { parseBtfFile } from '../../src/object/btf_file.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { relocateObject } from '../../src/relocate/relocate_object.ts'
import type { RelocatedProgram } from '../../src/relocate/relocated_object.ts'
import type { Answer, LibbpfPeer } from './libbpf_peer.ts'

/**
 * What is compared with libbpf beside what the kernel of this machine has: the corpus relocated for another kernel, the
 * types that older kernels would be given, and modules put on another kernel.
 */
export interface OtherReport {
  /** What was compared, with counts, a line each. */
  readonly lines: readonly string[]
  readonly differences: readonly string[]
}

const RUNNING = '/sys/kernel/btf/vmlinux'

/** The release that Debian's oldest supported suite has, some years before the kernel of this machine. */
const SUITE = 'bookworm'

/** Objects that both loaders load into this machine's kernel, the same. */
export interface OtherObjects {
  /** Those with CO-RE relocations are compared. */
  readonly all: readonly string[]
  /** Those of one compiler, for what takes long. */
  readonly some: readonly string[]
}

/** @throws SuiteError where the other kernel cannot be had */
export function compareForOtherKernels(peer: LibbpfPeer, { all, some }: OtherObjects): OtherReport {
  const kernel = otherKernel(SUITE)
  const parts = [
    compareRelocations(peer, kernel, all),
    compareSanitized(peer, some),
    compareModules(peer, kernel),
  ]
  return {
    lines: parts.flatMap(({ lines }) => lines),
    differences: parts.flatMap(({ differences }) => differences),
  }
}

/** Objects with CO-RE relocations are relocated for another kernel; those that both refuse count as the same. */
function compareRelocations(peer: LibbpfPeer, kernel: OtherKernel, objects: readonly string[]): OtherReport {
  const other = parseBtfFile(readFileSync(kernel.vmlinux), { name: kernel.release })
  const running = parseBtfFile(readFileSync(RUNNING), { name: 'vmlinux' })
  const differences: string[] = []
  const count = { objects: 0, programs: 0, relocations: 0, changed: 0, refused: 0 }
  for (const object of objects.filter((path) => isCompared(path) && hasCoreRelocations(path))) {
    const ours = relocateFor(object, other)
    const theirs = peer.relocate(kernel.vmlinux, object)
    if (ours.kind === 'failed' || theirs.kind === 'failed') {
      count.refused++
      if (ours.kind !== theirs.kind) differences.push(`${object}: ${whoFails(ours, theirs)}`)
      continue
    }
    count.objects++
    const here = relocateFor(object, running)
    for (const program of ours.value) {
      count.programs++
      count.relocations += program.coreRelocations.length
      count.changed += differentValues(program, here)
      const left = listing(program.insns, ourMaps(program))
      const right = listing(theirs.value.get(program.name) ?? new Uint8Array(), theirMaps())
      const at = left.findIndex((line, index) => line !== right[index])
      if (at !== -1 || left.length !== right.length)
        differences.push(
          `${object}: program ${program.name}: ${left[at] ?? 'end'}, from libbpf ${right[at] ?? 'end'}`,
        )
    }
  }
  const line =
    `for ${kernel.release}: ${count.objects} objects, ${count.programs} programs, ${count.relocations} CO-RE relocations ` +
    `(${count.changed} with another value than for this kernel); ${count.refused} objects are refused by both`
  return { lines: [line], differences }
}

/** What externs stand for depends on the kernel that is loaded into, and their types are changed for it. */
function isCompared(object: string): boolean {
  const { symbols } = parseElf(readFileSync(object), object)
  return !symbols.some(({ name, definedIn }) => name !== '' && definedIn.kind === 'undefined')
}

function hasCoreRelocations(object: string): boolean {
  const { btfExt } = parseObject(readFileSync(object), object)
  return btfExt !== undefined && btfExt.coreRelos.length > 0
}

function relocateFor(object: string, target: Btf): Answer<readonly RelocatedProgram[]> {
  return answerOf(
    () => relocateObject(parseObject(readFileSync(object), object), { targetBtf: () => target }).programs,
  )
}

function answerOf<T>(run: () => T): Answer<T> {
  try {
    return { kind: 'done', value: run() }
  } catch (error) {
    if (error instanceof BpfError) return { kind: 'failed', text: error.message }
    throw error
  }
}

function whoFails(ours: Answer<unknown>, theirs: Answer<unknown>): string {
  if (ours.kind === 'failed') return `only rawbpf fails: ${ours.text}`
  return `only libbpf fails: ${theirs.kind === 'failed' ? (theirs.text.split('\n').at(-1) ?? '') : ''}`
}

function differentValues(program: RelocatedProgram, here: Answer<readonly RelocatedProgram[]>): number {
  const same = here.kind === 'done' ? here.value.find(({ name }) => name === program.name) : undefined
  return program.coreRelocations.filter(({ resolution }, index) => {
    const other = same?.coreRelocations[index]?.resolution.result
    return shown(resolution.result) !== shown(other)
  }).length
}

const shown = (value: unknown): string =>
  JSON.stringify(value ?? null, (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each))

/** Names of maps here and descriptors there, as the number of the map in the order in which instructions name them. */
class MapNumbers {
  readonly #numbers = new Map<string | number, number>()

  of(map: string | number): number {
    const number = this.#numbers.get(map) ?? this.#numbers.size
    this.#numbers.set(map, number)
    return number
  }
}

type MapText = (slot: number, insn: Insn, nextImm: number) => string | undefined

/** rawbpf keeps references to maps apart until it has descriptors. */
function ourMaps({ mapReferences }: RelocatedProgram): MapText {
  const numbers = new MapNumbers()
  const bySlot = new Map(mapReferences.map((reference) => [Number(reference.insn), reference]))
  return (slot) => {
    const found = bySlot.get(slot)
    return found && `${found.kind} of map ${numbers.of(found.map)} at ${found.offset}`
  }
}

/** libbpf has descriptors, of maps that it does not create before it loads. */
function theirMaps(): MapText {
  const numbers = new MapNumbers()
  const kinds = new Map([
    [BPF_PSEUDO_MAP_FD, 'map'],
    [BPF_PSEUDO_MAP_VALUE, 'value'],
  ])
  return (_, { src, imm }, nextImm) => {
    const kind = kinds.get(src)
    return kind && `${kind} of map ${numbers.of(imm)} at ${nextImm}`
  }
}

/** One line for each instruction. */
function listing(insns: Uint8Array, mapText: MapText): readonly string[] {
  const view = new InsnView(insns)
  const lines: string[] = []
  for (let slot = 0; slot < view.length; slot++) {
    const insn = view.get(insnIndex(slot))
    const wide = isLdimm64(insn) && slot + 1 < view.length
    const nextImm = wide ? view.imm(insnIndex(slot + 1)) : 0
    const map = wide ? mapText(slot, insn, nextImm) : undefined
    lines.push(`${slot}: ${map === undefined ? disassemble(insn, nextImm) : `r${insn.dst} = ${map}`}`)
    if (wide) slot++
  }
  return lines
}

/** The features that kernels learnt, oldest first: a kernel that lacks one lacks all after it. */
const FEATURES: readonly BtfFeature[] = [
  'functions',
  'datasecs',
  'global functions',
  'floats',
  'declaration tags',
  'type tags',
  'enum64',
  'optional datasecs',
]

/** The types that a kernel of each age would get, from objects that both load. */
function compareSanitized(peer: LibbpfPeer, objects: readonly string[]): OtherReport {
  const differences: string[] = []
  let compared = 0
  for (const object of objects.filter(isCompared)) {
    const spec = answerOf(() => parseObject(readFileSync(object), object))
    const btf = spec.kind === 'done' ? spec.value.btf : undefined
    if (btf === undefined || peer.sanitize(object, []).kind === 'failed') continue
    for (const [index, feature] of FEATURES.entries()) {
      const lacking = FEATURES.slice(index)
      const theirs = peer.sanitize(object, lacking)
      if (theirs.kind === 'failed') continue
      compared++
      const ours = sanitizeBtf(btf, new Set(lacking))
      const difference = differentType(ours, theirs.value)
      if (difference !== undefined) differences.push(`${object} before ${feature}: ${difference}`)
    }
  }
  return { lines: [`types for older kernels: ${compared} compared`], differences }
}

/** The first type that differs; ids have to agree. libbpf may have more: it rewrites `__arg_ctx` for old kernels with them. */
function differentType(ours: Uint8Array, theirs: Uint8Array): string | undefined {
  const [left = [], right = []] = [ours, theirs].map(typeTexts)
  const at = left.findIndex((text, index) => text !== right[index])
  if (at === -1) return undefined
  return `type ${at + 1} is ${left[at] ?? 'none'}, from libbpf ${right[at] ?? 'none'}`
}

/**
 * Two things only rawbpf does, since a kernel that old refuses them: it names enumerators that stand for unnamed
 * parameters, and makes identifiers of names with dots.
 */
function typeTexts(bytes: Uint8Array): readonly string[] {
  const btf = Btf.parse(bytes, { name: 'sanitized' })
  return Array.from({ length: btf.typeCount }, (_, index) =>
    shown(btf.type(btf.idAt(index)))
      .replaceAll('"name":"_"', '"name":""')
      .replaceAll(/"name":"[^"]*"/g, (name) => name.replaceAll('.', '_')),
  )
}

/** Modules of the other kernel, distilled and put on it again, and on the kernel of this machine. */
function compareModules(peer: LibbpfPeer, { vmlinux, modules }: OtherKernel): OtherReport {
  const differences: string[] = []
  const count = { moved: 0, refused: 0 }
  const targets = [vmlinux, RUNNING].map((path) => ({
    path,
    btf: parseBtfFile(readFileSync(path), { name: path }),
  }))
  for (const module of modules) {
    for (const { path, btf } of targets) {
      const { distilled, split, moved: theirs } = peer.move(vmlinux, path, module)
      const base = Btf.parse(distilled, { name: 'distilled' })
      const ours = answerOf(() => relocateSplitBtf(Btf.parse(split, { name: module, base }), btf).bytes)
      if (ours.kind !== theirs.kind) differences.push(`${module} on ${path}: ${whoFails(ours, theirs)}`)
      else if (ours.kind === 'failed') count.refused++
      else if (theirs.kind === 'done' && Buffer.compare(ours.value, theirs.value) !== 0)
        differences.push(`${module} on ${path}: the types differ from libbpf's`)
      else count.moved++
    }
  }
  const line = `modules with a distilled base: ${count.moved} moved, byte for byte as by libbpf; ${count.refused} refused by both`
  return { lines: [line], differences }
}
