import { spawnSync } from 'node:child_process'
import { readOnlineCpus } from '../../src/kernel/cpu_list.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { hasPerfLink } from '../../src/kernel/probes/perf_link.ts'
import { eventually } from './eventually.ts'
import { attachedPrograms } from './kernel_objects.ts'
import { rawbpf, Running, type StartOptions } from './tracer.ts'

/** Programs take note of our children alone. */
export const ours: readonly string[] = ['--parent', String(process.pid)]

/**
 * What `attachedPrograms` counts of test/fixtures/run/perf.bpf.o: two programs. Where it has to count perf events, its two buffers
 * have one on each processor.
 */
export function perfPrograms(): number {
  const kernel = openKernel()
  return hasPerfLink(kernel).kind === 'there' ? 2 : 2 + 2 * readOnlineCpus(kernel).length
}

/** Starts `rawbpf run` and waits until it has attached what there is to attach. */
export async function start(
  programs: number,
  args: readonly string[],
  options: StartOptions = {},
): Promise<Running> {
  const running = new Running(rawbpf('run', ...args), options)
  await eventually(
    () => `${programs} attached programs; rawbpf said: ${running.stderr}`,
    () => {
      if (running.hasEnded) throw new Error(`rawbpf ended before it had attached: ${running.stderr}`)
      return attachedPrograms(running.pid) >= programs ? true : undefined
    },
  )
  return running
}

/** A child that ends with a code. @returns Its pid. */
export function child(code = 0): number {
  return spawnSync('/bin/sh', ['-c', `exit ${code}`]).pid
}

/** Resolves when something was printed that the pattern finds. */
export async function printed(running: Running, pattern: RegExp): Promise<void> {
  await eventually(
    () => `${String(pattern)} in: ${running.stdout}${running.stderr}`,
    () => (pattern.test(running.stdout) ? true : undefined),
  )
}
