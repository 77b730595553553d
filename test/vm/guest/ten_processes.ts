import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rawbpf, Tracer } from '../../integration/tracer.ts'
import { type Job, runJobs, shell, TRUE } from '../../integration/workload.ts'

/**
 * Runs `rawbpf bootstrap` beside ten known processes, one after the other.
 *
 * @returns What it printed of them, each line with what it is to say.
 */
export async function runTenProcesses(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'ten-'))
  try {
    const jobs = tenJobs(folder)
    await using tracer = new Tracer(rawbpf('bootstrap'))
    await tracer.attached()
    const processes = await runJobs(
      jobs.map(({ job }) => job),
      { cwd: folder, concurrency: 1 },
    )
    const last = processes.at(-1)
    if (last !== undefined) await tracer.told(last.pid)
    const { stdout, stderr, code } = await tracer.stop()
    const known = stdout.split('\n').filter(
      (line, index) =>
        index === 0 ||
        isOf(
          processes.map(({ pid }) => pid),
          line,
        ),
    )
    const legend = processes.map(
      ({ pid, job }) => `  ${pid}: ${jobs.find((each) => each.job === job)?.what ?? ''}`,
    )
    return [
      ...known,
      'where',
      ...legend,
      `rawbpf bootstrap ended with ${code}${stderr && `: ${stderr}`}`,
    ].join('\n')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function isOf(pids: readonly number[], line: string): boolean {
  return pids.includes(Number(/^\S+ +(?:EXEC|EXIT) +.{16} *(\d+)/.exec(line)?.[1]))
}

function tenJobs(folder: string): readonly { readonly what: string; readonly job: Job }[] {
  const file = (name: string): string => join(folder, name)
  symlinkSync('/bin/true', file('a link with spaces'))
  writeFileSync(file('script.sh'), '#!/bin/sh\nexit 5\n', { mode: 0o755 })
  return [
    { what: 'true', job: TRUE },
    { what: 'false, exit code 1', job: { file: '/bin/false' } },
    { what: 'exit code 3', job: shell('exit 3') },
    { what: 'exit code 255', job: shell('exit 255') },
    { what: 'ends itself by SIGTERM', job: shell('kill -15 $$') },
    { what: 'ends itself by SIGKILL', job: shell('kill -9 $$') },
    {
      what: 'killed from outside by SIGKILL',
      job: { file: '/bin/sleep', args: ['100'], killedBy: 'SIGKILL' },
    },
    { what: 'sleeps for 0.2 seconds', job: { file: '/bin/sleep', args: ['0.2'] } },
    { what: 'a script, exit code 5', job: { file: file('script.sh') } },
    { what: 'a link with spaces in its name', job: { file: file('a link with spaces') } },
  ]
}
