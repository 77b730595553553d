import { readdirSync, readFileSync } from 'node:fs'

const folder = 'test/fixtures/verifier-logs/kernels'

/** The logs of one program, of one kernel (test/fixtures/verifier-logs/README.md). */
export interface KernelLogs {
  readonly kernel: string
  readonly program: string
  readonly level1: string
  readonly level2: string
}

export const kernelLogs: readonly KernelLogs[] = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name: kernel }) =>
    readdirSync(`${folder}/${kernel}`)
      .filter((file) => file.endsWith('.level1.txt'))
      .map((file) => {
        const program = file.replace('.level1.txt', '')
        const [level1 = '', level2 = ''] = [1, 2].map((level) =>
          readFileSync(`${folder}/${kernel}/${program}.level${level}.txt`, 'utf8'),
        )
        return { kernel, program, level1, level2 }
      }),
  )

/** By kernel and program, the verifier's words. */
export const kernelReasons = JSON.parse(readFileSync(`${folder}/reasons.json`, 'utf8')) as Readonly<
  Record<string, Readonly<Record<string, readonly string[]>>>
>

export function logOf(kernel: string, program: string): KernelLogs {
  const logs = kernelLogs.find((known) => known.kernel === kernel && known.program === program)
  if (logs === undefined) throw new Error(`there are no logs of ${program} of Linux ${kernel}`)
  return logs
}
