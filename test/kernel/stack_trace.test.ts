import { describe, expect } from 'vitest'
import { bpf_func_id, bpf_map_create_flags, bpf_map_type } from '../../src/abi/generated/bpf.ts'
import * as asm from '../../src/insn/assemble.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import type { LoadedObject } from '../../src/loader/loaded_object.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { KernelSymbols } from '../../src/symbols/kernel_symbols.ts'
import { frameText, symbolize } from '../../src/symbols/symbolize.ts'
import { UserSymbols } from '../../src/symbols/user_symbols.ts'
import { writeObject } from '../object/object_writer.ts'
import { featureTest } from './require.ts'

const BPF_F_USER_STACK = 1 << 8
const DEPTH = 64

/** Programs that keep their stack, which is this process's in bpf(2), and return its id. */
function load(): LoadedObject {
  const program = (
    name: string,
    map: string,
    flags: number,
  ): NonNullable<Parameters<typeof writeObject>[0]>['programs'] => [
    {
      name,
      section: 'raw_tp/sched_switch',
      insns: [
        asm.loadImm64(2, 0n),
        asm.movImm(3, flags),
        asm.call(bpf_func_id.BPF_FUNC_get_stackid),
        asm.exit(),
      ],
      relocations: [{ insn: 0, symbol: map }],
    },
  ]
  const stacks = (
    name: string,
    valueSize: number,
    map_flags: number,
  ): { name: string; uints: Record<string, number> } => ({
    name,
    uints: {
      type: bpf_map_type.BPF_MAP_TYPE_STACK_TRACE,
      key_size: 4,
      value_size: valueSize,
      max_entries: 64,
      map_flags,
    },
  })
  const bytes = writeObject({
    maps: [
      stacks('addresses', 8 * DEPTH, 0),
      stacks('build_ids', 32 * DEPTH, bpf_map_create_flags.BPF_F_STACK_BUILD_ID),
    ],
    programs: [
      ...program('of_kernel', 'addresses', 0)!,
      ...program('of_user', 'addresses', BPF_F_USER_STACK)!,
      ...program('by_id', 'build_ids', BPF_F_USER_STACK)!,
    ],
  })
  return loadObject(parseObject(bytes, 'stacks.bpf.o'))
}

const run = (object: LoadedObject, program: string): number => object.program(program).testRun({}).retval | 0

const stackTest = featureTest({
  name: 'stacks of raw tracepoints that are run by hand',
  since: [5, 10],
  whyNot: () => {
    using object = load()
    const id = run(object, 'of_kernel')
    return id < 0 ? `bpf_get_stackid answered ${id}` : undefined
  },
})

describe('stacks of the real kernel', () => {
  stackTest('have the names of its functions', () => {
    using object = load()
    const id = run(object, 'of_kernel')
    const frames = object.map('addresses').as.stackTraces().frames(id) ?? expect.fail('no stack')
    const names = symbolize(frames, new KernelSymbols(openKernel())).map(({ name }) => name)
    expect(names.join(' ')).toMatch(/bpf_prog_test_run_raw_tp|__sys_bpf|__do_sys_bpf/)
    // The outermost functions are those of the entry of a system call.
    expect(names.slice(-3).join(' ')).toMatch(/syscall|svc|el0/)
  })

  stackTest('are of this process, by address and by build id', () => {
    using object = load()
    const symbols = new UserSymbols(openKernel(), process.pid)
    const [first] =
      object.map('addresses').as.stackTraces().frames(run(object, 'of_user')) ?? expect.fail('no stack')
    const named = symbolize([first ?? expect.fail('an empty stack')], symbols)[0] ?? expect.fail('nothing')
    expect(first?.kind).toBe('address')
    expect(named.origin).toMatch(/^\/.*(libc|musl|ld-|node)/)
    expect(frameText(named)).toContain(`[${named.origin}]`)

    const [byId] =
      object.map('build_ids').as.stackTraces().frames(run(object, 'by_id')) ?? expect.fail('no stack')
    if (byId?.kind !== 'build-id') return
    expect(byId.buildId).toMatch(/^[0-9a-f]{40}$/)
    expect(symbolize([byId], symbols)[0]).toMatchObject({ name: named.name, origin: named.origin })
  })

  stackTest('are not there under other ids', () => {
    using object = load()
    expect(object.map('addresses').as.stackTraces().frames(63)).toBeUndefined()
  })
})
