import { perf_event_attr_flags, perf_event_ioctl } from '../abi/perf_event_attr.ts'
import { readOnlineCpus } from '../kernel/cpu_list.ts'
import { openPerfEvent, type PerfTarget } from '../kernel/perf_calls.ts'
import type { PerfEventTarget } from '../object/perf_event_target.ts'
import { attachToEvent } from './attach_to_event.ts'
import { AttachError } from './attach_error.ts'
import { type AttachContext, type Attached, attaching, type Hints } from './attaching.ts'
import type { Link } from './link.ts'
import { numbersOf } from './perf_event_numbers.ts'

const ANY_CPU = -1
const EVERY_PROCESS = -1

/**
 * Attaches a program to the samples of a perf event. The kernel has events of a process on any cpu, and events of a cpu, but none
 * of every process on every cpu: for those one event is opened for each cpu that is online. A cpu that comes later is left out.
 *
 * Events start once the program is attached: until then a sample would have nobody to run.
 *
 * @throws AttachError 'ATTACH_FAILED'; 'ATTACH_NO_TARGET' for a rate that is none
 */
export function attachPerfEvent(context: AttachContext, target: PerfEventTarget): Link {
  const { kernel, program } = context
  const attr = { ...numbersOf(target.event), ...sampling(target, program.name) }
  return attaching(
    context,
    describe(target),
    (keep) => {
      const events = placesOf(context, target).map((place) => keep(openPerfEvent(kernel, attr, place)))
      const attached = events.map((each) => attachToEvent(context, each, keep, target.cookie))
      for (const each of events) kernel.ioctl(each.fd, perf_event_ioctl.PERF_EVENT_IOC_ENABLE, 0)
      return together(attached)
    },
    hintsFor(target),
  )
}

interface Sampling {
  readonly flags: bigint
  readonly sample_period?: bigint
  readonly sample_freq?: bigint
}

/** `disabled`: nothing is sampled before the program is attached. `inherit`: threads that the process starts count, too. */
function sampling({ rate, pid }: PerfEventTarget, program: string): Sampling {
  const { disabled, freq, inherit } = perf_event_attr_flags
  const flags = pid === undefined ? disabled : disabled | inherit
  if ('period' in rate) return { sample_period: positive('period', rate.period, program), flags }
  return { sample_freq: positive('frequency', rate.frequency, program), flags: flags | freq }
}

function positive(what: string, value: number | bigint, program: string): bigint {
  if (value > 0 && (typeof value === 'bigint' || Number.isSafeInteger(value))) return BigInt(value)
  throw new AttachError(
    'ATTACH_NO_TARGET',
    `cannot attach program ${program} to a perf event with a ${what} of ${value}: it is to be a positive integer`,
    { program },
  )
}

function placesOf({ kernel }: AttachContext, { pid, cpu }: PerfEventTarget): readonly PerfTarget[] {
  if (pid !== undefined) return [{ pid, cpu: cpu ?? ANY_CPU }]
  const cpus = cpu === undefined ? readOnlineCpus(kernel) : [cpu]
  return cpus.map((each) => ({ pid: EVERY_PROCESS, cpu: each }))
}

/** One event has one link, which can be pinned and updated; several have one each. */
function together(attached: readonly Attached[]): Attached {
  const [first] = attached
  const isWhole = attached.length === 1 || first?.how !== 'bpf-link'
  return first !== undefined && isWhole ? first : { how: 'bpf-links' }
}

function describe({ event, rate, pid, cpu }: PerfEventTarget): string {
  const name =
    typeof event.type === 'number' ? `${event.type}:${event.config}` : `${event.type} ${event.name}`
  const often = 'period' in rate ? `every ${rate.period}` : `${rate.frequency} Hz`
  const where = [
    ...(pid === undefined ? [] : [`of process ${pid}`]),
    ...(cpu === undefined ? [] : [`on cpu ${cpu}`]),
  ]
  return ['perf event', name, often, ...where].join(' ')
}

function hintsFor({ event, pid, cpu }: PerfEventTarget): Hints {
  return {
    ENOENT:
      event.type === 'hardware'
        ? 'this machine does not count that, as most virtual machines; software events are there on all'
        : 'this kernel has no such event source',
    ESRCH: `there is no process ${pid ?? ''}`,
    EINVAL: cpu === undefined ? undefined : `there may be no cpu ${cpu}`,
    ENODEV: cpu === undefined ? undefined : `cpu ${cpu} is not online`,
  }
}
