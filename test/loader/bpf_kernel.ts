import { bpf_cmd } from '../../src/abi/generated/bpf.ts'
import type { EncodedAttr } from '../../src/abi/encoded_attr.ts'
import { errnoName } from '../../src/abi/errno.ts'
import { PROT_WRITE } from '../../src/abi/syscall_flags.ts'
import type { Fd } from '../../src/base/units.ts'
import type { Mapping, MmapRequest } from '../../src/kernel/kernel.ts'
import { SyscallError } from '../../src/kernel/syscall_error.ts'
import { FakeKernel } from '../kernel/fake_kernel.ts'

export type Command = keyof typeof bpf_cmd

/** What the fake answers to a command instead of what it usually does: a result, or a SyscallError; undefined for the usual. */
export type Answer = (attr: EncodedAttr) => number | undefined

const EVENTS = '/sys/kernel/tracing/events/sched'

/** A tracefs with the two tracepoints of bootstrap. */
export const tracepoints: Readonly<Record<string, string>> = {
  [`${EVENTS}/sched_process_exec/id`]: '310\n',
  [`${EVENTS}/sched_process_exit/id`]: '312\n',
}

const NO_FD = 0xffff_ffff

/**
 * A fake kernel that takes every object: maps keep the one value that they are given, programs are always accepted, and a
 * descriptor that no perf event has is EBADF, as the probe for perf links expects.
 */
export class BpfKernel extends FakeKernel {
  /** Replaces what a command does. */
  readonly answers: Partial<Record<Command, Answer>> = {}
  /** The value of each map, by descriptor. */
  readonly values = new Map<number, Uint8Array>()
  readonly frozen = new Set<number>()
  /** The instructions of each BPF_PROG_LOAD. */
  readonly programs: Uint8Array[] = []

  readonly #usual: Partial<Record<Command, (attr: EncodedAttr) => number>> = {
    BPF_BTF_LOAD: () => this.allocate('BPF_BTF_LOAD'),
    BPF_MAP_CREATE: () => this.allocate('BPF_MAP_CREATE'),
    BPF_PROG_LOAD: (attr) => {
      this.programs.push(bufferOf(attr, 'insns').slice())
      return this.allocate('BPF_PROG_LOAD')
    },
    BPF_PROG_BIND_MAP: () => 0,
    BPF_LINK_CREATE: (attr) =>
      u32(attr, 4) === NO_FD ? fail('bpf', 'BPF_LINK_CREATE', 9) : this.allocate('BPF_LINK_CREATE'),
    BPF_MAP_UPDATE_ELEM: (attr) => {
      if (this.frozen.has(u32(attr, 0))) fail('bpf', 'BPF_MAP_UPDATE_ELEM', 1)
      const value = bufferOf(attr, 'value').slice()
      const known = this.values.get(u32(attr, 0))
      if (known?.length === value.length) known.set(value)
      else this.values.set(u32(attr, 0), value)
      return 0
    },
    BPF_MAP_LOOKUP_ELEM: (attr) => {
      const value = this.values.get(u32(attr, 0)) ?? fail('bpf', 'BPF_MAP_LOOKUP_ELEM', 2)
      bufferOf(attr, 'value').set(value)
      return 0
    },
    BPF_MAP_FREEZE: (attr) => {
      this.frozen.add(u32(attr, 0))
      return 0
    },
  }

  constructor(files: Readonly<Record<string, string>> = tracepoints) {
    super({ files })
    this.onBpf = (command, attr) => {
      const name = commandName(command)
      return this.answers[name]?.(attr) ?? this.#usually(name)(attr)
    }
  }

  /** A map's value in mapped memory is the one in `values`. Frozen maps are not mapped for writing. */
  override mmap(fd: Fd, request: MmapRequest): Mapping {
    if (this.frozen.has(fd) && (request.protection & PROT_WRITE) !== 0) fail('mmap', undefined, 1)
    const mapping = super.mmap(fd, request)
    const value = this.values.get(fd)
    if (value !== undefined) {
      const memory = new Uint8Array(mapping.buffer, 0, value.length)
      memory.set(value)
      this.values.set(fd, memory)
    }
    return mapping
  }

  /** What the fake does with a command where `answers` has nothing. */
  usually(name: Command, attr: EncodedAttr): number {
    return this.#usually(name)(attr)
  }

  #usually(name: Command): (attr: EncodedAttr) => number {
    return this.#usual[name] ?? refuse(name, 22)
  }
}

/** An answer that is an error. */
export function refuse(command: Command, errno: number): () => never {
  return () => fail('bpf', command, errno)
}

/** The buffer that a field points to. */
export function bufferOf(attr: EncodedAttr, field: string): Uint8Array {
  const slot = attr.pointers.find((pointer) => pointer.field === field)
  if (slot === undefined) throw new Error(`the attr has no pointer ${field}`)
  return slot.target
}

/** A 32-bit field; 0 where the attr ends before. */
export function u32(attr: EncodedAttr, offset: number): number {
  const { bytes } = attr
  if (offset + 4 > bytes.length) return 0
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(offset, true)
}

export function fail(syscall: string, command: string | undefined, errno: number): never {
  if (errnoName(errno) === String(errno)) throw new Error(`no errno ${errno}`)
  throw new SyscallError({ syscall, command, errno })
}

function commandName(command: number): Command {
  const found = Object.entries(bpf_cmd).find(([, number]) => number === command)?.[0]
  if (found === undefined) throw new Error(`no command ${command}`)
  return found as Command
}

/** Where `log_level` and `log_size` are in `union bpf_attr`. */
export const LOG_LEVEL = 24

/** Where `prog_name` and `map_name` are in `union bpf_attr`. */
export const PROG_NAME = 48
export const MAP_NAME = 28

/** A name in an attr, such as `map_name`: up to 16 bytes. */
export function nameIn({ bytes }: EncodedAttr, offset: number): string {
  const name = new TextDecoder().decode(bytes.subarray(offset, offset + 16))
  return name.slice(0, name.indexOf('\0'))
}

/** A verifier that refuses the first program that it is shown, however often, and says `log` where it is asked for one. */
export function refusing(log: string, errno: number): Answer {
  let refused: string | undefined
  return (attr) => {
    refused ??= nameIn(attr, PROG_NAME)
    if (nameIn(attr, PROG_NAME) !== refused) return undefined
    if (u32(attr, LOG_LEVEL) === 0) fail('bpf', 'BPF_PROG_LOAD', errno)
    const buffer = bufferOf(attr, 'log_buf')
    const bytes = new TextEncoder().encode(log)
    buffer.set(bytes.subarray(0, buffer.length - 1))
    // ENOSPC
    return fail('bpf', 'BPF_PROG_LOAD', bytes.length < buffer.length ? errno : 28)
  }
}

/** Refuses one map by its name in the kernel, and creates the others. */
export function refusingMap(name: string, errno: number): Answer {
  return (attr) => (nameIn(attr, MAP_NAME) === name ? fail('bpf', 'BPF_MAP_CREATE', errno) : undefined)
}
