import type { Fd, TypeId } from '../base/units.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { UsdtSpecs } from '../links/usdt_specs.ts'
import type { RelocatedObject } from '../relocate/relocated_object.ts'

/** What has to be known of a map. */
interface MapHandle {
  readonly fd: Fd
  readonly attributes: { readonly maxEntries: number; readonly valueType: TypeId }
}

/** The names that <bpf/usdt.bpf.h> gives to its maps. */
const SPECS = '__bpf_usdt_specs'
const ADDRESSES = '__bpf_usdt_ip_to_spec_id'

/**
 * Gives what attachments to USDT probes share within one object, made when it is first asked for; undefined where the object
 * has not the maps for it.
 */
export function usdtSpecsOf(
  kernel: Kernel,
  { btf }: Pick<RelocatedObject, 'btf'>,
  maps: ReadonlyMap<string, MapHandle>,
): () => UsdtSpecs | undefined {
  let known: UsdtSpecs | undefined
  return () => {
    const specs = maps.get(SPECS)
    const addresses = maps.get(ADDRESSES)
    if (btf === undefined || specs === undefined || addresses === undefined) return undefined
    const { maxEntries, valueType } = specs.attributes
    known ??= new UsdtSpecs(kernel, {
      btf,
      specs: { fd: specs.fd, maxEntries, valueType },
      addresses: { fd: addresses.fd },
    })
    return known
  }
}
