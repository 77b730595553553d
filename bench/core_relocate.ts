/**
 * rawbpf's side of the benchmark of CO-RE relocations: opens the object given as argument and relocates its programs for
 * the running kernel.
 *
 *     core_relocate instructions OBJECT       prints each program's name and its relocated instructions, in hexadecimal
 *     core_relocate relocate OBJECT OBJECTS   does it OBJECTS times, each a new object, and prints the nanoseconds of each
 *                                             as JSON
 *     core_relocate load OBJECT               loads it into the kernel, and prints the bytes in use then, after a garbage
 *                                             collection (node --expose-gc)
 *
 * koffi, which maps the kernel's BTF, is loaded before the clock starts, as libbpf is before main(). The BTF itself is
 * found, mapped and indexed for the first object, and kept for those after it.
 */
import { openKernel } from '../src/kernel/linux.ts'
import { loadObject } from '../src/loader/load_object.ts'
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
  for (let index = 0; index < objects; index++) {
    const start = process.hrtime.bigint()
    await relocate(path)
    openToRelocatedNs.push(Number(process.hrtime.bigint() - start))
  }
  console.log(JSON.stringify({ open_to_relocated_ns: openToRelocatedNs }))
}

async function measureMemory(path: string): Promise<void> {
  using object = loadObject(await openObject(path))
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  console.log(JSON.stringify({ programs: object.programs.size, heap_used: heapUsed, external }))
}

const [action, path, objects] = process.argv.slice(2)
if (action === 'relocate' && path !== undefined) await timeRelocation(path, Number(objects))
else if (action === 'load' && path !== undefined) await measureMemory(path)
else if (action === 'instructions' && path !== undefined) {
  for (const { name, insns } of (await relocate(path)).programs)
    console.log(`${name} ${Buffer.from(insns).toString('hex')}`)
} else throw new Error('usage: core_relocate relocate|load|instructions OBJECT [OBJECTS]')
