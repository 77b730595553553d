import { bpf_func_id } from './generated/bpf.ts'

/** By number; where two names have one, the first, which is the older. */
const names: ReadonlyMap<number, string> = new Map(
  Object.entries(bpf_func_id)
    .reverse()
    .map(([name, number]) => [number, name]),
)

/** The name of a helper in `enum bpf_func_id`, e.g. `BPF_FUNC_map_lookup_elem`; undefined for one that is not known here. */
export function helperEnumerator(id: number): string | undefined {
  return names.get(id)
}

/** The name as programs call it, e.g. `bpf_map_lookup_elem`; the number where it is not known here. */
export function helperName(id: number): string {
  return names.get(id)?.replace('BPF_FUNC_', 'bpf_') ?? `helper ${id}`
}
