/**
 * rawbpf's side of the benchmark of CO-RE relocations: opens the object given as argument and relocates its programs for
 * the running kernel.
 *
 *     core_relocate instructions OBJECT       prints each program's name and its relocated instructions, in hexadecimal
 *     core_relocate relocate OBJECT OBJECTS   does it OBJECTS times, each a new object, and prints the nanoseconds of each
 *                                             as JSON; with --expose-gc also the bytes in use at the end
 *
 * koffi, which maps the kernel's BTF, is loaded before the clock starts, as libbpf is before main(). The BTF itself is
 * found, mapped and indexed for the first object, and kept for those after it.
 */
import { openKernel } from '../src/kernel/linux.ts'
import { openObject } from '../src/loader/open_object.ts'
import { runningKernelBtf } from '../src/loader/target_btf.ts'
import { relocateObject } from '../src/relocate/relocate_object.ts'
import type { RelocatedObject } from '../src/relocate/relocated_object.ts'

const kernel = openKernel()

async function relocate(path: string): Promise<RelocatedObject> {
  return relocateObject(await openObject(path), { targetBtf: () => runningKernelBtf(kernel, undefined) })
}

async function timeRelocation(path: string, objects: number): Promise<void> {
  const openToRelocatedNs: number[] = []
  let last: RelocatedObject | undefined
  for (let index = 0; index < objects; index++) {
    const start = process.hrtime.bigint()
    last = await relocate(path)
    openToRelocatedNs.push(Number(process.hrtime.bigint() - start))
  }
  globalThis.gc?.()
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  const memory = { heapUsed, external, arrayBuffers }
  console.log(JSON.stringify({ programs: last?.programs.length, open_to_relocated_ns: openToRelocatedNs, memory }))
}

const [action, path, objects] = process.argv.slice(2)
if (action === 'relocate' && path !== undefined) await timeRelocation(path, Number(objects))
else if (action === 'instructions' && path !== undefined) {
  for (const { name, insns } of (await relocate(path)).programs)
    console.log(`${name} ${Buffer.from(insns).toString('hex')}`)
} else throw new Error('usage: core_relocate relocate|instructions OBJECT [OBJECTS]')
