/**
 * The suite's process in a guest: runs all test files of the image, one after the other, and writes what comes of it to the
 * device that it is given, a line of JSON each (results.ts).
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { openSync, readFileSync } from 'node:fs'
import { release } from 'node:os'
import { kernelWarnings } from './kernel_log.ts'
import type { GuestLine } from './results.ts'
import { runTenProcesses } from './ten_processes.ts'
import { writeLine } from './write_line.ts'

const device = openSync(process.argv[2] ?? '/dev/stdout', 'w')
const say = (line: GuestLine): void => {
  writeLine(device, line)
}

/** In a process of its own, as vitest does: probes are remembered by the process, and a crash ends one file only. */
function runFile(file: string): void {
  const started = performance.now()
  say({ kind: 'file-started', file })
  const args = ['bundle/test/vm/guest/test_file.js', file]
  const { status, signal } = spawnSync(process.execPath, args, {
    stdio: ['ignore', 'inherit', 'inherit', device],
  })
  if (status !== 0) {
    const errors = [`the process of the file ended with ${signal ?? status ?? 'nothing'}`]
    say({ kind: 'test', file, name: 'crash', state: 'failed', milliseconds: 0, errors })
  }
  say({ kind: 'file-ended', file, seconds: (performance.now() - started) / 1000 })
}

async function tenProcesses(): Promise<void> {
  const title = 'rawbpf bootstrap, and ten processes'
  try {
    say({ kind: 'output', title, text: await runTenProcesses() })
  } catch (error) {
    const errors = [error instanceof Error ? (error.stack ?? error.message) : String(error)]
    say({ kind: 'test', file: 'test/vm', name: title, state: 'failed', milliseconds: 0, errors })
  }
}

const started = performance.now()
say({
  kind: 'booted',
  release: release(),
  arch: process.arch,
  node: process.version,
  uptime: Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]),
})
for (const file of JSON.parse(readFileSync('bundle/manifest.json', 'utf8')) as readonly string[])
  runFile(file)
await tenProcesses()
say({
  kind: 'ended',
  seconds: Math.round((performance.now() - started) / 1000),
  warnings: kernelWarnings(execFileSync('dmesg', { encoding: 'utf8' })),
})
process.exit(0)
