import { bpf_map_type } from './generated/bpf.ts'

/** The name of a map type. Where two names have one number, the first, which is the older. */
export function mapTypeName(type: number): string {
  return Object.entries(bpf_map_type).find(([, number]) => number === type)?.[0] ?? `type ${type}`
}
