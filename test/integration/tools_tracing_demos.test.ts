import { rmSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { Folder } from './command_objects.ts'
import { fentryTest, lsmTest } from './demo_needs.ts'
import { eventually } from './eventually.ts'
import { RunningTool, startTable } from './running_tool.ts'

const time = expect.any(String) as string

describe('rawbpf fentry-demo', () => {
  interface Unlink {
    readonly pid: number
    readonly place: string
    readonly ret: number
    readonly name: string
  }

  const args = ['--pid', String(process.pid)]

  fentryTest('sees arguments where vfs_unlink() begins, and the result where it ends', async () => {
    using folder = new Folder()
    await using tool = await RunningTool.start<Unlink>('fentry-demo', args, 2)
    const name = 'rawbpf-fentry'
    rmSync(folder.write(name, ''))
    await tool.record('the end', (record) => record.name === name && record.place === 'leave')
    expect(await tool.interrupt()).toMatchObject({ code: 0, signal: null })
    const common = { time, pid: process.pid, ret: 0, comm: expect.any(String) as string, name }
    expect(tool.records).toEqual([
      { ...common, place: 'enter' },
      { ...common, place: 'leave' },
    ])
  })

  fentryTest('prints a table', async () => {
    using folder = new Folder()
    await using tool = await startTable('fentry-demo', args)
    rmSync(folder.write('rawbpf-fentry', ''))
    await eventually('the end', () => (tool.stdout.includes(' leave ') ? true : undefined))
    const { stdout, stderr } = await tool.stop()
    expect(stderr).toBe('')
    const [header, ...lines] = stdout.split('\n').slice(0, -1)
    expect(header).toBe('TIME     COMM                 PID VFS_UNLINK RESULT  NAME')
    const pid = String(process.pid).padStart(7)
    expect(lines.map((line) => line.slice(26))).toEqual([
      `${pid} enter              rawbpf-fentry`,
      `${pid} leave      0       rawbpf-fentry`,
    ])
  })
})

describe('rawbpf lsm-demo', () => {
  interface BpfCall {
    readonly pid: number
    readonly command: string
    readonly refused: boolean
  }

  const creates = ({ command }: BpfCall): boolean => command === 'BPF_MAP_CREATE'

  lsmTest('sees what its process asks bpf(2) for, and lets it have it', async () => {
    await using tool = await RunningTool.start<BpfCall>('lsm-demo', [], 1)
    await tool.recordsOf('a map', 2, creates)
    const { code, stderr } = await tool.interrupt()
    expect(code).toBe(0)
    expect(stderr).toContain('created a map\n')
    expect(stderr).not.toContain('created no map')
    expect(tool.records.find(creates)).toEqual({
      time,
      pid: tool.pid,
      command: 'BPF_MAP_CREATE',
      refused: false,
      comm: expect.any(String) as string,
    })
    expect(tool.records.filter(({ pid }) => pid !== tool.pid)).toEqual([])
  })

  lsmTest('refuses maps to its own process alone, when asked to', async () => {
    await using tool = await RunningTool.start<BpfCall>('lsm-demo', ['--refuse'], 1)
    await tool.recordsOf('a map', 2, creates)
    // Others make maps meanwhile: a second one of these tools.
    await using other = await RunningTool.start<BpfCall>('lsm-demo', [], 1)
    await other.record('a map of its own', creates)
    const { code, stderr } = await tool.interrupt()
    expect(code).toBe(0)
    expect(stderr).toMatch(/^created no map: .*EPERM/m)
    expect(stderr).not.toContain('created a map')
    expect(tool.records.filter(creates).every(({ refused }) => refused)).toBe(true)
    expect(other.records.filter(creates).every(({ refused }) => !refused)).toBe(true)
    expect(other.stderr).toContain('created a map\n')
  })
})
