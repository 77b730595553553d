import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { exit } from '../../src/insn/assemble.ts'
import { bpfTest } from '../kernel/require.ts'
import { fiveTypes, fiveTypesTest, Folder, run, runUnprivileged } from './command_objects.ts'
import { toolTest } from './needs.ts'
import type { Ending } from './tracer.ts'

const PACKET = 'abcdefghijklmnopqrstuvwxyz'

/** A folder with an object, a packet, and contexts. */
class Bench extends Folder {
  readonly object5 = this.object(fiveTypes)
  readonly packet = this.write('packet', PACKET)
  readonly skb = this.write('skb', new Uint8Array(192))
  readonly words = this.write('words', Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0))

  run(program: string, ...args: readonly string[]): Promise<Ending> {
    return run('prog', 'run', this.object5, '--program', program, ...args)
  }
}

/** Durations differ from run to run. */
const withoutTimes = (text: string): string => text.replace(/(duration\D*)\d+/, '$1N')

describe('rawbpf prog run', () => {
  bpfTest('tells what the program returned', async () => {
    using bench = new Bench()
    const once = await bench.run('pass', '--data-in', bench.packet)
    expect(once).toMatchObject({ code: 0, stderr: '' })
    expect(once.stdout).toMatch(/^Return value: 2, duration: \d+ns\n$/)
    const often = await bench.run('pass', '--data-in', bench.packet, '--repeat', '100')
    expect(often.stdout).toMatch(/^Return value: 2, duration \(average\): \d+ns\n$/)
    const json = await bench.run('length', '--data-in', bench.packet, '--json')
    expect(JSON.parse(json.stdout)).toEqual({ retval: 26, duration: expect.any(Number) as unknown })
  })

  bpfTest('shows packet and context, or writes them to files', async () => {
    using bench = new Bench()
    const inputs = ['--data-in', bench.packet, '--ctx-in', bench.skb]
    const text = await bench.run('length', ...inputs, '--data-out', '-', '--ctx-out', '-')
    const lines = text.stdout.split('\n')
    expect(lines[0]).toBe('0000000\t6162 6364 6566 6768 696a 6b6c 6d6e 6f70 | abcdefgh ijklmnop')
    expect(lines[5]).toBe('0000030\t0700 0000 0000 0000 0000 0000 0000 0000 | ........ ........')
    expect(lines).toHaveLength(2 + 12 + 2)

    const json = await bench.run('length', ...inputs, '--ctx-out', '-', '--json')
    const { ctx_out: context } = JSON.parse(json.stdout) as { ctx_out: readonly number[] }
    // struct __sk_buff has grown, from 184 bytes in Linux 5.10 on.
    expect(context.length).toBeGreaterThanOrEqual(184)
    expect(context[48]).toBe(7)

    const outputs = ['--data-out', bench.at('data.out'), '--ctx-out', bench.at('ctx.out')]
    const files = await bench.run('length', ...inputs, ...outputs)
    expect(files.stdout).toMatch(/^Return value: 26, duration: \d+ns\n$/)
    expect(readFileSync(bench.at('data.out'), 'utf8')).toBe(PACKET)
    expect(readFileSync(bench.at('ctx.out'))[48]).toBe(7)
  })

  fiveTypesTest('gives a context to programs that take nothing else', async () => {
    using bench = new Bench()
    const raw = await bench.run('argument', '--ctx-in', bench.words)
    expect(raw.stdout).toMatch(/^Return value: 2, /)
    const syscall = await bench.run('next', '--ctx-in', bench.words, '--ctx-out', '-')
    expect(syscall.stdout).toMatch(
      /^0000000\t0100 0000 0200 0000 0200 0000 0000 0000 \| \.{8} \.{8}\nReturn value: 9, /,
    )
  })

  bpfTest('needs only the program that it runs, and says what is wrong with that one', async () => {
    using bench = new Bench()
    const programs = [
      ...(fiveTypes.programs ?? []),
      { name: 'bad', section: 'xdp', insns: [exit()] },
      { name: 'odd', section: 'no/such/section' },
    ]
    const object = bench.object({ ...fiveTypes, programs }, 'bad.bpf.o')
    const runOf = (program: string): Promise<Ending> =>
      run('prog', 'run', object, '--program', program, '--data-in', bench.packet)
    expect(await runOf('pass')).toMatchObject({ code: 0, stderr: '' })
    const bad = await runOf('bad')
    expect(bad).toMatchObject({ code: 1, stdout: '' })
    expect(bad.stderr).toMatch(
      /^rawbpf: \S+bad\.bpf\.o: the verifier refused program bad \(EACCES\): R0 !read_ok\n/,
    )
    const odd = await runOf('odd')
    expect(odd).toMatchObject({ code: 1, stdout: '' })
    expect(odd.stderr).toContain('no/such/section')
  })

  fiveTypesTest('prints what bpftool prints', async () => {
    using bench = new Bench()
    const fs = bench.bpfFs('fs')
    execFileSync('bpftool', ['prog', 'loadall', bench.object5, `${fs}/p`], { stdio: 'pipe' })
    const { packet, skb } = bench
    for (const [program, ours, theirs] of [
      ['pass', ['--data-in', packet], ['data_in', packet]],
      ['pass', ['--data-in', packet, '--repeat', '3'], ['data_in', packet, 'repeat', '3']],
      [
        'length',
        ['--data-in', packet, '--data-out', '-', '--ctx-in', skb, '--ctx-out', '-'],
        ['data_in', packet, 'data_out', '-', 'ctx_in', skb, 'ctx_out', '-'],
      ],
    ] as const) {
      for (const json of [false, true]) {
        const command = ['prog', 'run', 'pinned', `${fs}/p/${program}`, ...theirs]
        const expected = execFileSync('bpftool', json ? ['-j', ...command] : command, { encoding: 'utf8' })
        const { stdout } = await bench.run(program, ...ours, ...(json ? ['--json'] : []))
        expect(withoutTimes(stdout).trimEnd()).toBe(withoutTimes(expected).trimEnd())
      }
    }
  })
})

describe('what rawbpf prog run refuses', () => {
  fiveTypesTest('what the kernel does not take, and says what the type needs', async () => {
    using bench = new Bench()
    const short = bench.write('short', 'abc')
    for (const [program, args, message] of [
      ['pass', ['--data-in', short], 'at least an Ethernet header of 14 bytes'],
      ['pass', [], 'at least an Ethernet header of 14 bytes'],
      ['next', ['--ctx-in', short], 'at least as many bytes as the program reads'],
      ['argument', ['--ctx-in', bench.words, '--repeat', '2'], 'and --repeat'],
      ['on_exec', [], 'BPF_PROG_TYPE_TRACEPOINT: the kernel can run programs of this type only where'],
    ] as const) {
      const ending = await bench.run(program, ...args)
      expect(ending).toMatchObject({ code: 1, stdout: '' })
      expect(ending.stderr).toMatch(/^rawbpf: cannot run program [^\n]+\n$/)
      expect(ending.stderr).toContain(message)
    }
  })

  bpfTest('a file for the packet that cannot be written', async () => {
    using bench = new Bench()
    const outputs = ['--data-in', bench.packet, '--data-out', '/not/there/packet']
    const ending = await bench.run('pass', ...outputs)
    expect(ending).toMatchObject({ code: 1, stdout: '' })
    expect(ending.stderr).toContain('cannot write /not/there/packet')
  })

  toolTest('setpriv', '--version')('somebody without the rights, with 77', async () => {
    using bench = new Bench()
    const { code, stdout, stderr } = await runUnprivileged('prog', 'run', bench.object5, '--program', 'pass')
    expect({ code, stdout }).toEqual({ code: 77, stdout: '' })
    expect(stderr).toContain('CAP_BPF')
  })
})
