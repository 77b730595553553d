import { type TypeId, VOID } from '../../src/base/units.ts'
import type { BtfBuilder } from '../../src/btf/encoder.ts'
import { callSubprogram, exit } from '../../src/insn/assemble.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { relocateObject } from '../../src/relocate/relocate_object.ts'
import type { RelocatedObject, RelocatedProgram } from '../../src/relocate/relocated_object.ts'
import { type NamedTypes, type ObjectDescription, writeObject } from '../object/object_writer.ts'

const notAsked = (): never => {
  throw new Error('not asked for')
}

/** What is not as usual. */
export interface Tagged {
  /** The tagged parameter's type. Default `void *`. */
  readonly type?: (builder: BtfBuilder, types: NamedTypes) => TypeId
  readonly sections?: readonly string[]
  readonly linkage?: 'global' | 'static'
  readonly tag?: string
  /** Which parameters are tagged, of (int, context, context). Default the second. */
  readonly parameters?: readonly number[]
}

/** Programs of these sections, all of which call `helper(int flags, T *ctx __arg_ctx, T *more)`. */
export function tagged({
  type = (builder) => builder.addPtr(VOID),
  sections = ['tc'],
  linkage = 'global',
  tag = 'arg:ctx',
  parameters = [1],
}: Tagged = {}): RelocatedObject {
  let helper = VOID
  const description: ObjectDescription = {
    types: (builder, types) => {
      const context = type(builder, types)
      const proto = builder.addFuncProto(types['int']!, [
        { name: 'flags', type: types['int']! },
        { name: 'ctx', type: context },
        { name: 'more', type: context },
      ])
      helper = builder.addFunc('helper', proto, linkage)
      for (const parameter of parameters) builder.addDeclTag(tag, helper, parameter)
      return {}
    },
    programs: [
      ...sections.map((section, index) => ({
        name: `program${index}`,
        section,
        insns: [callSubprogram(-1), exit()],
        relocations: [{ insn: 0, symbol: 'helper', type: 10 }],
      })),
      { name: 'helper', section: '.text' },
    ],
  }
  const spec = parseObject(writeObject(description), 'ctx.bpf.o')
  const object = relocateObject(spec, { targetBtf: notAsked })
  return { ...object, programs: object.programs.map((program) => withType(program, helper)) }
}

/** The writer makes functions of its own for func_info; this puts the tagged one in the place of the second. */
function withType(program: RelocatedProgram, helper: TypeId): RelocatedProgram {
  const bytes = program.funcInfo!.bytes.slice()
  new DataView(bytes.buffer).setUint32(12, helper, true)
  return { ...program, funcInfo: { ...program.funcInfo!, bytes } }
}
