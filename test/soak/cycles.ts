/**
 * `npm run test:cycles [-- COUNT]`: opens, loads, attaches, reads and closes bootstrap's object, 1,000 times, and prints what this
 * process and the kernel hold meanwhile: descriptors, memory, mappings, BPF programs, maps and links. Ends with 1 where
 * something is left. Memory counts from the first tenth on: before, code is compiled and the kernel's types are indexed.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { openKernel } from '../../src/kernel/linux.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import { openObject } from '../../src/loader/open_object.ts'
import { idsInKernel } from '../integration/kernel_objects.ts'
import { eventually } from '../integration/eventually.ts'

/** MiB of the resident set that may come and go with the garbage collector. */
const MEMORY_TOLERANCE = 24

/** Far more than the kernel takes to free what was closed. */
const GRACE_MS = 1000

interface Held {
  readonly cycle: number
  readonly descriptors: number
  readonly mappings: number
  /** MiB. */
  readonly memory: number
  readonly programs: number
  readonly maps: number
  readonly links: number
}

async function cycle(): Promise<number> {
  const spec = await openObject('bpf/bootstrap.bpf.o')
  await using object = loadObject(spec)
  object.attach()
  const ring = object.openRingBuffer('rb')
  spawnSync('/bin/true')
  return ring.consume(() => undefined)
}

function look(cycle: number): Held {
  const kernel = openKernel()
  return {
    cycle,
    descriptors: readdirSync('/proc/self/fd').length,
    mappings: readFileSync('/proc/self/maps', 'utf8').split('\n').length,
    memory: Math.round(process.memoryUsage.rss() / 2 ** 20),
    programs: idsInKernel(kernel, 'program').length,
    maps: idsInKernel(kernel, 'map').length,
    links: idsInKernel(kernel, 'link').length,
  }
}

/** The kernel frees what was closed after a grace period. */
async function settled(cycle: number, start: Held): Promise<Held> {
  try {
    return await eventually('the kernel frees programs, maps and links', () => {
      const held = look(cycle)
      const isGone = held.programs <= start.programs && held.maps <= start.maps && held.links <= start.links
      return isGone ? held : undefined
    })
  } catch {
    return look(cycle)
  }
}

function print(held: Held): void {
  const columns = Object.entries(held).map(([name, value]) => `${name} ${String(value).padStart(4)}`)
  console.log(columns.join('  '))
}

async function main(count: number): Promise<number> {
  await cycle()
  await sleep(GRACE_MS)
  const start = look(0)
  print(start)
  let records = 0
  let warm = start
  for (let done = 1; done <= count; done++) {
    records += await cycle()
    if (done % Math.ceil(count / 10) !== 0) continue
    const held = await settled(done, start)
    print(held)
    if (warm === start) warm = held
  }
  const end = await settled(count, start)
  console.log(`${records} records read`)
  const left = (['descriptors', 'programs', 'maps', 'links'] as const).filter(
    (name) => end[name] > start[name],
  )
  if (end.memory > warm.memory + MEMORY_TOLERANCE)
    console.log(`memory grew by ${end.memory - warm.memory} MiB`)
  for (const name of left) console.log(`${end[name] - start[name]} ${name} are left`)
  return left.length > 0 || end.memory > warm.memory + MEMORY_TOLERANCE || records === 0 ? 1 : 0
}

const { positionals } = parseArgs({ allowPositionals: true })
process.exitCode = await main(Number(positionals[0] ?? 1000))
