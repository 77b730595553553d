import { readSync } from 'node:fs'
import { BpfError } from '../../src/base/errors.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import { smallSpec } from '../loader/small_object.ts'

/** What `runDelegated` may ask for. The path is that of a BPF file system that delegates to this process. */
const loads: Readonly<Record<string, (path: string) => unknown>> = {
  'with the token': (bpffsTokenPath) => {
    using object = loadObject(smallSpec(), { bpffsTokenPath })
    return [...object.programs.keys(), ...object.maps.keys()].join(' ')
  },
  'with the path in the environment': (path) => {
    process.env['LIBBPF_BPF_TOKEN_PATH'] = path
    using object = loadObject(smallSpec())
    return [...object.programs.keys(), ...object.maps.keys()].join(' ')
  },
  'without a token': () => {
    loadObject(smallSpec(), { bpffsTokenPath: '' }).close()
  },
  'without a path': () => {
    loadObject(smallSpec()).close()
  },
}

function main(): void {
  const kernel = openKernel()
  const context = kernel.fsopen('bpf', 0)
  console.log(`context ${context}`)
  readSync(0, new Uint8Array(1))
  const mount = kernel.fsmount(context, 0, 0)
  try {
    console.log(loads[process.argv[2] ?? '']?.(`/proc/self/fd/${mount}`))
  } catch (error) {
    if (!(error instanceof BpfError)) throw error
    console.log(`${error.code} ${error.message}`)
  }
}

main()
