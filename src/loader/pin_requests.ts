import { resolve } from 'node:path'
import { BPF_FS_PATH } from '../kernel/bpffs.ts'
import { pinPathIn, type PinRequest } from '../kernel/pin.ts'
import { kernelNameOf } from './create_maps.ts'
import type { LoadedObject } from './loaded_object.ts'

/**
 * Where the maps of an object are pinned in `directory`, as bpf_object__pin_maps of libbpf (src/libbpf.c) has it: under the
 * names that they have in the kernel, `_` in place of `.`, which the BPF file system keeps for itself. Maps that the load
 * has pinned there by their names are left out. What is pinned elsewhere gets a second pin, where libbpf gives up.
 *
 * @param pinPath Where the object was loaded to pin maps by their names.
 * @throws KernelError 'PIN_FAILED' for a name that is none for a file
 */
export function mapPinRequests(
  object: LoadedObject,
  directory: string,
  pinPath: string = BPF_FS_PATH,
): readonly PinRequest[] {
  const isPinPath = resolve(directory) === resolve(pinPath)
  return [...object.maps.values()]
    .filter(({ attributes }) => !isPinPath || attributes.pinning !== 'by-name')
    .map((map) => {
      const name = kernelNameOf(object.name, map.attributes).replaceAll('.', '_')
      return { path: pinPathIn(directory, name), object: map }
    })
}
