import { readFileSync } from 'node:fs'
import { deflateSync } from 'node:zlib'
import { describe, expect } from 'vitest'
import { bpf_func_id, bpf_map_type } from '../../src/abi/generated/bpf.ts'
import { aluImm, call, exit, loadImm64, movImm, movReg, storeImm } from '../../src/insn/assemble.ts'
import { BPF_ADD, BPF_DW } from '../../src/insn/opcodes.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { congestionControl, isRegistered, NAME } from '../kernel/congestion_control.ts'
import { featureTest } from '../kernel/require.ts'
import { type ObjectDescription, writeObject } from '../object/object_writer.ts'
import { Folder, runInShell, runUnprivileged } from './command_objects.ts'
import { eventually } from './eventually.ts'
import { allGone, objectsOf } from './kernel_objects.ts'
import { traceTest } from './needs.ts'
import { child, ours, perfPrograms, printed, start } from './running_object.ts'
import { type Ending, rawbpf, root, Running } from './tracer.ts'

const PERF = 'test/fixtures/run/perf.bpf.o'
const HIST = 'test/fixtures/run/hist.bpf.o'

const structOpsTest = featureTest({
  name: 'struct_ops',
  since: [5, 6],
  whyNot: () => {
    loadObject(parseObject(writeObject(congestionControl('.struct_ops')), 'cc.bpf.o')).close()
    return undefined
  },
})

/** Writes the number 258 to a ring buffer, whose records no type describes, whenever a process ends. */
const eightBytes: ObjectDescription = {
  maps: [{ name: 'rb', uints: { type: bpf_map_type.BPF_MAP_TYPE_RINGBUF, max_entries: 4096 } }],
  programs: [
    {
      section: 'tp/sched/sched_process_exit',
      insns: [
        storeImm(BPF_DW, 10, -8, 258),
        loadImm64(1, 0n),
        movReg(2, 10),
        aluImm(BPF_ADD, 2, -8),
        movImm(3, 8),
        movImm(4, 0),
        call(bpf_func_id.BPF_FUNC_ringbuf_output),
        movImm(0, 0),
        exit(),
      ],
      relocations: [{ insn: 1, symbol: 'rb' }],
    },
  ],
}

async function run(...args: readonly string[]): Promise<Ending> {
  await using running = new Running(rawbpf('run', ...args))
  return await running.ended
}

interface Line {
  readonly time: string
  readonly map?: string
  readonly record?: Readonly<Record<string, unknown>>
  readonly entries?: readonly unknown[]
  readonly printk?: { readonly text: string }
}

function linesOf(stdout: string): readonly Line[] {
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line)
}

describe('rawbpf run', () => {
  traceTest('makes columns of a struct that a pointer variable names', async () => {
    await using running = await start(2, ['bpf/bootstrap.bpf.o'])
    const pid = child(7)
    await printed(running, new RegExp(` EXIT +${pid} `))
    const { code, stdout, stderr } = await running.stop()
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const [header = '', ...lines] = stdout.split('\n')
    expect(header).toBe(
      'TIME          DURATION_NS KIND     PID    PPID EXIT_CODE SIGNAL HAS_DURATION COMM            FILENAME',
    )
    const exec = lines.find((line) => line.includes(` EXEC ${String(pid).padStart(7)} `))
    expect(exec).toMatch(/^\d\d:\d\d:\d\d +0 EXEC +\d+ +\d+ +0 +0 +false sh +\/bin\/sh$/)
    const exit = lines.find((line) => line.includes(` EXIT ${String(pid).padStart(7)} `))
    expect(exit).toMatch(/^\d\d:\d\d:\d\d +\d+ EXIT +\d+ +\d+ +7 +0 +true sh$/)
  })

  traceTest("sets an object's variables, and prints JSON with the type of the map's definition", async () => {
    await using running = await start(1, [
      'bpf/exitsnoop.bpf.o',
      '--json',
      '--failed_only',
      '--filter_comm',
      'sh',
    ])
    child(0)
    const pid = child(3)
    await printed(running, new RegExp(`"pid":${pid},`))
    const { code, stdout, stderr } = await running.stop('SIGTERM')
    expect(code, stderr).toBe(0)
    const lines = linesOf(stdout)
    expect(lines.find(({ record }) => record?.['pid'] === pid)).toEqual({
      time: expect.any(String) as unknown,
      map: 'events',
      record: {
        lifetime_ns: expect.any(Number) as unknown,
        pid,
        ppid: process.pid,
        exit_code: 3,
        signal: 0,
        comm: 'sh',
      },
    })
    expect(lines.filter(({ record }) => record?.['comm'] !== 'sh' || record['exit_code'] === 0)).toEqual([])
  })

  traceTest('reads several perf buffers, and finds the types by the sizes of the records', async () => {
    const variables = [
      '--label',
      'abc',
      '--global',
      'count=9',
      '--limits',
      '{"least":"0xffffffffffffffff","codes":[4,-5]}',
    ]
    await using running = await start(perfPrograms(), [PERF, ...ours, ...variables])
    const pid = child(5)
    await printed(running, new RegExp(`ends +18446744073709551615 +${pid} `))
    await printed(running, new RegExp(`launches +\\d+ +${pid} `))
    const { code, stdout, stderr } = await running.stop()
    expect(code, stderr).toBe(0)
    expect(stderr).toBe(
      "perf: program pass is not attached: its section's name, 'xdp', does not say what to\n",
    )
    const lines = stdout.split('\n').map((line) => line.replace(/^\d\d:\d\d:\d\d/, 'NOW'))
    expect(lines).toContain('TIME     MAP                  TIME     PID COMM')
    expect(lines).toContain('TIME     MAP                 LIMIT     PID    CODE   COUNT OF')
    expect(lines).toContain(
      `NOW ends     18446744073709551615 ${String(pid).padStart(7)}       5       9 {"label":"abc","codes":[4,-5]}`,
    )
    expect(stdout).toMatch(new RegExp(`launches +\\d+ +${pid} sh\n`))
  })

  traceTest('ends after so many records, or so many seconds', async () => {
    await using running = await start(perfPrograms(), [
      PERF,
      ...ours,
      '--reported',
      'ENDS',
      '--json',
      '--count',
      '2',
    ])
    const pids = [child(1), child(2), child(3)]
    const { code, stdout, stderr } = await running.ended
    expect(code, stderr).toBe(0)
    const records = linesOf(stdout).map(({ record }) => record)
    expect(records).toHaveLength(2)
    for (const record of records) expect(pids).toContain(record?.['pid'])
    const timed = await run(PERF, ...ours, '--quiet', '-d', '0.2')
    expect(timed).toMatchObject({ code: 0, stdout: '' })
  })

  traceTest('takes the type that --event names, and says where it does not fit', async () => {
    await using running = await start(perfPrograms(), [
      PERF,
      ...ours,
      '--event',
      'ends=launch',
      '--json',
      '-n',
      '1',
      '--reported',
      'ENDS',
    ])
    child(1)
    const { code, stdout, stderr } = await running.ended
    expect(code, stderr).toBe(0)
    expect(linesOf(stdout)[0]?.record).toHaveProperty('comm')
    expect(stderr).toContain(
      'ends: records have 44 bytes, struct launch 32: what is behind them is not shown',
    )

    await using larger = await start(perfPrograms(), [PERF, ...ours, '--event', 'launches=struct end'])
    const objects = objectsOf(larger.pid)
    child(1)
    const failed = await larger.ended
    expect(failed.code).toBe(1)
    expect(failed.stderr).toContain(
      'cannot decode a record of launches: it has 36 bytes, and struct end, which --event says it is, has 40; name a type of its size',
    )
    await allGone(objects)

    const unknown = await run(PERF, '--event', 'ends=nothing')
    expect(unknown.code).toBe(1)
    expect(unknown.stderr).toContain('has no struct, union or typedef nothing')
  })

  traceTest('prints what maps hold, histograms among it', async () => {
    await using running = await start(1, [HIST, ...ours, '--maps'])
    for (const code of [0, 0, 0, 5, 200]) child(code)
    const { code, stdout, stderr } = await running.stop()
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout.replace(/\d\d:\d\d:\d\d/, 'NOW').replace(`${process.pid}:`, 'PID:')).toBe(`
NOW
hist (array): 3 entries, and 5 of zeros
     hist                : count    distribution
         0 -> 1          : 3        |****************************************|
         2 -> 3          : 0        |                                        |
         4 -> 7          : 1        |*************                           |
         8 -> 15         : 0        |                                        |
        16 -> 31         : 0        |                                        |
        32 -> 63         : 0        |                                        |
        64 -> 127        : 0        |                                        |
       128 -> 255        : 1        |*************                           |
by_parent (hash): 1 entry
  PID: {"total":5}
     slots               : count    distribution
         0 -> 1          : 3        |****************************************|
         2 -> 3          : 0        |                                        |
         4 -> 7          : 1        |*************                           |
         8 -> 15         : 0        |                                        |
        16 -> 31         : 0        |                                        |
        32 -> 63         : 0        |                                        |
        64 -> 127        : 0        |                                        |
       128 -> 255        : 1        |*************                           |
ends (percpu_array): 1 entry, and 3 of zeros, the sum of all cpus
  3: 5
plain (lru_hash): 1 entry
  03000000: 0102
variables (.data and .bss): 1 entry
  seen: 5
`)
  })

  traceTest('prints them every so many seconds, and the lines of bpf_printk in between', async () => {
    await using running = await start(1, [HIST, ...ours, '--maps', '0.1', '--printk', '--json'])
    child(42)
    await printed(running, /"map":"variables","kind":".data and .bss","entries":\[{"key":"seen","value":1}/)
    await printed(running, /"text":"a child ended with 42"/)
    const { code, stdout, stderr } = await running.stop()
    expect(code, stderr).toBe(0)
    const lines = linesOf(stdout)
    expect(lines.filter(({ map }) => map === 'hist').length).toBeGreaterThan(1)
    expect(lines.filter(({ map }) => map === 'by_parent').at(-1)?.entries).toEqual([
      { key: process.pid, value: { total: 1, slots: [0, 0, 0, 0, 0, 1, 0, 0] } },
    ])
    const perCpu = lines.filter(({ map }) => map === 'ends').at(-1)?.entries?.[0] as { values: number[] }
    expect(perCpu.values.reduce((sum, each) => sum + each)).toBe(1)
  })

  traceTest('says that an object has nothing to print', async () => {
    await using running = await start(1, [HIST, ...ours])
    const { code, stdout, stderr } = await running.stop()
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    expect(stderr).toBe(
      'hist: it has no ring buffer and no perf buffer; --maps prints what its maps hold, --printk what it prints by bpf_printk\n',
    )
  })

  traceTest('runs the package.json of eunomia-bpf', async () => {
    using folder = new Folder()
    const object = readFileSync(`${root}/${PERF}`)
    const text = JSON.stringify({
      bpf_object: deflateSync(object).toString('base64'),
      bpf_object_size: object.length,
      meta: {},
    })
    await using running = await start(perfPrograms(), [
      folder.write('package.json', text),
      ...ours,
      '-n',
      '1',
    ])
    const pid = child()
    const { code, stdout, stderr } = await running.ended
    expect(code, stderr).toBe(0)
    expect(stdout).toContain(` ${pid} `)
  })

  traceTest('leaves nothing behind, and says with -v what it does', async () => {
    await using running = await start(perfPrograms(), [PERF, ...ours, '-v'])
    const objects = objectsOf(running.pid)
    expect(objects.program.length).toBe(3)
    const { code, stderr } = await running.stop()
    expect(code, stderr).toBe(0)
    expect(stderr).toContain('on_exec')
    await allGone(objects)
  })

  traceTest('ends when its reader goes away', async () => {
    const script = '{ "$@"; echo "ended with $?" >&2; } | head -1'
    const command = [
      '/bin/sh',
      '-c',
      script,
      'sh',
      ...rawbpf('run', PERF, ...ours, '--quiet', '--maps', '0.1'),
    ] as const
    await using running = new Running(command)
    const { stdout, stderr } = await running.ended
    expect(stdout).toBe('\n')
    expect(stderr).toContain('ended with 0')
  })

  traceTest('says why nothing of an object can be attached', async () => {
    using folder = new Folder()
    const pass = folder.object({ programs: [{ name: 'pass', section: 'xdp' }] })
    const nothing = await run(pass)
    expect(nothing).toMatchObject({ code: 1, stdout: '' })
    expect(nothing.stderr).toContain(
      "nothing of test can be attached\n  program pass: its section's name, 'xdp', does not say what to\n",
    )
    const iterator = await run(folder.object({ programs: [{ name: 'dump', section: 'iter/task' }] }))
    expect(iterator.code).toBe(1)
    expect(iterator.stderr).toContain('program dump: it is an iterator, which runs when somebody reads it')
    const missing = await run(folder.object({ programs: [{ name: 'a', section: 'tp/sched/no_such' }] }))
    expect(missing.code).toBe(1)
    expect(missing.stderr).toContain('no_such')
    const unknown = await run(folder.object({ programs: [{ name: 'a', section: 'tracepiont/a/b' }] }))
    expect(unknown.code).toBe(1)
    expect(unknown.stderr).toContain("section name 'tracepiont/a/b' is not known; did you mean")
  })

  traceTest('leaves programs out, and says so where one of several is refused', async () => {
    using folder = new Folder()
    const object = folder.object({
      programs: [
        { name: 'odd', section: 'foo/bar' },
        { name: 'fine', section: 'tp/sched/sched_process_exit' },
      ],
    })
    const refused = await run(object)
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain("section name 'foo/bar' is not known")
    expect(refused.stderr).toMatch(/\n--without odd runs the rest\n$/)
    const unknown = await run(object, '--without', 'nope')
    expect(unknown.code).toBe(64)
    expect(unknown.stderr).toContain('has no program nope; it has odd and fine')
    await using running = await start(1, [object, '--without', 'odd'])
    expect((await running.stop()).code).toBe(0)
  })

  traceTest('ends with 77 where a right is missing', async () => {
    const { code, stdout, stderr } = await runUnprivileged('run', PERF)
    expect({ code, stdout }, stderr).toEqual({ code: 77, stdout: '' })
    expect(stderr).toContain('CAP_BPF')
  })

  traceTest('shows bytes where no type has the size of a record', async () => {
    using folder = new Folder()
    await using running = await start(1, [folder.object(eightBytes), '--json', '-n', '1'])
    child()
    const { code, stdout, stderr } = await running.ended
    expect(code, stderr).toBe(0)
    expect(linesOf(stdout)[0]).toMatchObject({ map: 'rb', record: { bytes: '0201000000000000' } })
    expect(stderr).toBe(
      "test: rb: records of 8 bytes are shown as bytes: no struct in the object's BTF has that size. clang leaves out types that " +
        "nothing refers to: declare a variable such as 'const struct event *unused __attribute__((unused));'\n",
    )
  })

  structOpsTest('registers struct_ops maps where that is asked for', async () => {
    using folder = new Folder()
    const object = folder.object(congestionControl('.struct_ops'), 'cc.bpf.o')
    const left = await run(object)
    expect(left.code).toBe(1)
    expect(left.stderr).toContain('struct_ops map ops: --struct-ops registers it')
    await using running = new Running(rawbpf('run', object, '--struct-ops', '--maps'))
    await eventually('it is registered', () => (isRegistered(NAME) ? true : undefined))
    expect(await running.stop()).toMatchObject({ code: 0, stderr: '' })
    expect(isRegistered(NAME)).toBe(false)
  })

  traceTest('fails where its output cannot be written', async () => {
    const { code, stderr } = await runInShell(
      '"$@" >/dev/full',
      'run',
      'bpf/bootstrap.bpf.o',
      '--duration',
      '1',
    )
    expect(code).toBe(1)
    expect(stderr).toBe(
      'rawbpf: cannot write to standard output: ENOSPC: no space left on device, write; check where the output is redirected to\n',
    )
  })

  traceTest(
    'runs on where its time is longer than 24.8 days, which is all that setTimeout takes',
    async () => {
      await using running = await start(1, ['bpf/exitsnoop.bpf.o', '--json', '--duration', '3000000'])
      const pid = child()
      await eventually('its end', () => (running.stdout.includes(`"pid":${pid},`) ? true : undefined))
      const { code, stderr } = await running.stop()
      expect(code, stderr).toBe(0)
      expect(stderr).not.toContain('Warning')
    },
  )
})
