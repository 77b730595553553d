import { vi } from 'vitest'
import { main } from '../../src/commands/main.ts'

/** How a command ended that was run in this process, and what it said. */
export interface Said {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command line in this process. For commands that end before they ask the kernel for anything. */
export async function say(...args: readonly string[]): Promise<Said> {
  const said = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[stream], 'write').mockImplementation((text, ...rest) => {
      said[stream] += String(text)
      for (const done of rest) if (typeof done === 'function') done()
      return true
    })
  }
  try {
    return { code: await main(args), ...said }
  } finally {
    vi.restoreAllMocks()
  }
}
