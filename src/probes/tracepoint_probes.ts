import type { Btf } from '../btf/btf.ts'
import { typeId, type TypeId } from '../base/units.ts'
import { attachTypeInBtf } from '../relocate/attach_place.ts'
import type { ProbeRequest } from './facts.ts'
import { namedTypes } from './kernel_names.ts'
import { NOTHING_KNOWN, type ProbeDescription } from './probe.ts'
import { describePrototype, prototypeOf } from './prototype.ts'
import { parseTracepointFormat } from './tracepoint_format.ts'

/** The tracepoints that tracefs lists, `sched/sched_switch`. */
export function tracepointProbes({ prefix, isWanted, facts, add }: ProbeRequest): void {
  for (const event of facts.tracepoints()) {
    const colon = event.indexOf(':')
    const [category, name] = [event.slice(0, colon), event.slice(colon + 1)]
    const place = `${category}/${name}`
    if (!isWanted(place)) continue
    add(`${prefix}/${place}`, () => ({
      arguments: parseTracepointFormat(facts.tracepointFormat(category, name), place),
    }))
  }
}

/**
 * Tracepoints as the kernel itself calls them: each has a typedef of a pointer to what is called (`__DEFINE_EVENT` in
 * include/trace/bpf_probe.h, Linux 6.18), also those that are no events of tracefs. A raw tracepoint is found by its name
 * wherever it is; programs of `tp_btf` are told the module.
 */
export function rawTracepointProbes({ prefix, isWanted, facts, add }: ProbeRequest): void {
  const isByName = prefix !== 'tp_btf'
  const names = new ParameterNames()
  for (const { name, btf, id } of namedTypes(facts.types(), attachTypeInBtf('BPF_TRACE_RAW_TP'), isWanted)) {
    const tracepoint = name.slice(name.indexOf(':') + 1)
    add(`${prefix}/${isByName ? tracepoint : name}`, () =>
      describeTracepoint(btf, names.findIn(btf, tracepoint) ?? id),
    )
  }
}

/** The first parameter of what a tracepoint calls is data of the one who is called, which programs do not get. */
function describeTracepoint(btf: Btf, id: TypeId): ProbeDescription {
  const proto = prototypeOf(btf, id)
  if (proto === undefined) return NOTHING_KNOWN
  return { arguments: describePrototype(btf, { ...proto, params: proto.params.slice(1) }).arguments }
}

/** A pointer's parameters have no names. The function that goes through all who listen has the same ones, with names. */
const NAMED_TWIN = '__traceiter_'

/** The functions with names of parameters, by tracepoint, each BTF searched once. */
class ParameterNames {
  readonly #known = new Map<Btf, ReadonlyMap<string, TypeId>>()

  findIn(btf: Btf, tracepoint: string): TypeId | undefined {
    const known = this.#known.get(btf) ?? this.#read(btf)
    return known.get(tracepoint)
  }

  #read(btf: Btf): ReadonlyMap<string, TypeId> {
    const twins = btf.idsOfKind('func').flatMap((id): [string, TypeId][] => {
      const name = btf.nameOf(id)
      return name.startsWith(NAMED_TWIN) ? [[name.slice(NAMED_TWIN.length), protoOf(btf, id)]] : []
    })
    const known = new Map(twins)
    this.#known.set(btf, known)
    return known
  }
}

const protoOf = (btf: Btf, func: TypeId): TypeId => typeId(btf.wordOf(func, 2))
