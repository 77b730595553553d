import { VOID } from '../../base/units.ts'
import { BtfBuilder, type KindLayout } from '../../btf/encoder.ts'
import type { BtfFeature } from '../../btf/sanitize.ts'
import { loadBtf } from '../bpf_calls.ts'
import type { Kernel } from '../kernel.ts'
import { probe, THERE, type ProbeOutcome } from './probe.ts'

type Probe = (kernel: Kernel) => ProbeOutcome

/**
 * A probe that loads the smallest BTF with the feature in it. Kernels refuse what they do not know with EINVAL, and a
 * header that is longer than they know with E2BIG (kernel/bpf/btf.c, `btf_parse_hdr`, Linux 6.18).
 */
function loading(build: (builder: BtfBuilder) => void, layout?: readonly KindLayout[]): Probe {
  return probe(['EINVAL', 'E2BIG'], (kernel) => {
    const builder = new BtfBuilder()
    build(builder)
    const btf = builder.finish({ endianness: 'little', ...(layout === undefined ? {} : { layout }) })
    loadBtf(kernel, { btf, btf_size: btf.length }).close()
    return THERE
  })
}

function addFunction(builder: BtfBuilder, linkage: 'static' | 'global'): void {
  const int = builder.addInt('int', 4, { encoding: 'signed' })
  builder.addFunc('f', builder.addFuncProto(VOID, [{ name: 'a', type: int }]), linkage)
}

function addVariableIn(builder: BtfBuilder, section: string): void {
  const variable = builder.addVar('v', builder.addInt('int', 4, { encoding: 'signed' }), 'static')
  builder.addDatasec(section, 4, [{ type: variable, offset: 0, size: 4 }])
}

/** Whether BTF may have FUNC and FUNC_PROTO: Linux 5.0. */
export const hasBtfFunctions = loading((builder) => {
  addFunction(builder, 'static')
})

/** Whether FUNC may say that it is global: Linux 5.6. */
export const hasBtfGlobalFunctions = loading((builder) => {
  addFunction(builder, 'global')
})

/** Whether BTF may have VAR and DATASEC: Linux 5.2. */
export const hasBtfDatasecs = loading((builder) => {
  addVariableIn(builder, '.data')
})

/** Whether the name of a DATASEC may start with a question mark: Linux 6.9. */
export const hasBtfOptionalDatasecs = loading((builder) => {
  addVariableIn(builder, '?.data')
})

/** Whether BTF may have FLOAT: Linux 5.13. */
export const hasBtfFloats = loading((builder) => {
  builder.addFloat('float', 4)
})

/** Whether BTF may have DECL_TAG: Linux 5.16. */
export const hasBtfDeclarationTags = loading((builder) => {
  builder.addDeclTag('tag', builder.addStruct('s', 0, []), -1)
})

/** Whether BTF may have TYPE_TAG: Linux 5.17. */
export const hasBtfTypeTags = loading((builder) => {
  const int = builder.addInt('int', 4, { encoding: 'signed' })
  builder.addPtr(builder.addTypeTag('tag', int))
})

/** Whether BTF may have ENUM64, and signed ENUM: Linux 6.0. */
export const hasBtfEnum64 = loading((builder) => {
  builder.addEnum64('e', { size: 8, signed: false, enumerators: [{ name: 'E', value: 1n }] })
})

/** Whether BTF may have a layout section: Linux 7.1. */
export const hasBtfLayout = loading(
  (builder) => {
    builder.addInt('int', 4, { encoding: 'signed' })
  },
  [
    { infoSize: 0, elementSize: 0 },
    { infoSize: 4, elementSize: 0 },
  ],
)

const probes: Readonly<Record<BtfFeature, Probe>> = {
  functions: hasBtfFunctions,
  'global functions': hasBtfGlobalFunctions,
  datasecs: hasBtfDatasecs,
  'optional datasecs': hasBtfOptionalDatasecs,
  floats: hasBtfFloats,
  'declaration tags': hasBtfDeclarationTags,
  'type tags': hasBtfTypeTags,
  enum64: hasBtfEnum64,
  layout: hasBtfLayout,
}

/** Those of `features` that the kernel says it does not have; one that could not be asked for is not among them. */
export function lackingBtfFeatures(
  kernel: Kernel,
  features: ReadonlySet<BtfFeature>,
): ReadonlySet<BtfFeature> {
  return new Set([...features].filter((feature) => probes[feature](kernel).kind === 'not there'))
}
