import { readFileSync, statSync } from 'node:fs'
import { inspect } from 'node:util'
import { describe, expect } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { VMLINUX_BTF_PATH } from '../../src/kernel/vmlinux_btf.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { failingKernel } from './failing_kernel.ts'
import { type RecordingKernel, recordingKernel } from './recording_kernel.ts'
import { tracepointTest } from './require.ts'

const ERRNOS = { EPERM: 1, EINTR: 4, EAGAIN: 11, ENOMEM: 12, EINVAL: 22 } as const

const bytes = readFileSync('bpf/bootstrap.bpf.o')

/** Everything that a user does with an object: CO-RE, variables, maps, two attached programs, a ring buffer that is waited for. */
async function live(kernel: Kernel): Promise<void> {
  const spec = parseObject(bytes, 'bootstrap.bpf.o')
  spec.globals['min_duration_ns'] = 1n
  await using object = loadObject(spec, { kernel })
  const [key, value] = [new Uint8Array(4).fill(0xff), new Uint8Array(8)]
  object.map('exec_start').update(key, value)
  object.map('exec_start').delete(key)
  object.attach()
  const ring = object.openRingBuffer('rb')
  ring.consume(() => undefined)
  await ring.forEach(() => undefined, { signal: AbortSignal.timeout(1) })
}

interface Outcome {
  readonly error: unknown
  readonly recording: RecordingKernel
}

async function liveWith(nth: number, errno: number): Promise<Outcome> {
  const recording = recordingKernel(failingKernel(openKernel(), { nth, errno }))
  try {
    await live(recording.kernel)
    return { error: undefined, recording }
  } catch (error) {
    return { error, recording }
  }
}

const VMLINUX_SIZE = statSync(VMLINUX_BTF_PATH, { throwIfNoEntry: false })?.size

/** The kernel's types stay mapped for the life of the process, for each kernel that there is; here that is one for each run. */
const typesMapped = ({ calls }: RecordingKernel): number =>
  calls.filter(
    (call) =>
      call.syscall === 'mmap' && call.outcome.kind !== 'failed' && call.arguments['length'] === VMLINUX_SIZE,
  ).length

const countsCalls = ({ calls }: RecordingKernel): number =>
  calls.filter(({ syscall }) => syscall !== 'close' && syscall !== 'munmap').length

describe('an object of the real kernel, from its load to its end', () => {
  tracepointTest('ends well or with a BpfError, and leaves nothing, whichever call fails', async () => {
    const whole = await liveWith(0, 0)
    expect(whole.error).toBeUndefined()
    const count = countsCalls(whole.recording)
    expect(count).toBeGreaterThan(20)

    const wrong: string[] = []
    const ended = { well: 0, 'with a BpfError': 0 }
    for (const [name, errno] of Object.entries(ERRNOS)) {
      for (let nth = 1; nth <= count; nth++) {
        const { error, recording } = await liveWith(nth, errno)
        if (error === undefined) ended.well++
        else if (error instanceof BpfError) ended['with a BpfError']++
        else wrong.push(`call ${nth}, ${name}: ${inspect(error)}`)
        const mappings = recording.mappings() - typesMapped(recording)
        const left = [
          ...recording.openDescriptors().values(),
          `${mappings} mappings`,
          `${recording.polls()} polls`,
        ]
        if (left.join() !== '0 mappings,0 polls') wrong.push(`call ${nth}, ${name}: left ${left.join(', ')}`)
      }
    }
    console.log(
      `${count} calls, each failed with ${Object.keys(ERRNOS).join(', ')}: ${5 * count} points tried; ` +
        Object.entries(ended)
          .map(([how, times]) => `${times} ended ${how}`)
          .join(', '),
    )
    expect(wrong).toEqual([])
  })
})
