import { expect, it } from 'vitest'
import { VOID } from '../../../src/base/units.ts'
import { variablesOf } from '../../../src/commands/run/print_maps.ts'
import { parseObject } from '../../../src/object/parse_object.ts'
import { writeObject } from '../../object/object_writer.ts'

it('shows the variables that programs change, and no pointers', () => {
  const spec = parseObject(
    writeObject({
      types: (builder, { u64 = VOID }) => ({ 'u64 *': builder.addPtr(u64) }),
      data: {
        '.bss': [
          { name: 'seen', type: 'u64' },
          { name: 'unused', type: 'u64 *' },
        ],
        '.rodata': [{ name: 'limit', type: 'u64' }],
      },
    }),
    'test.bpf.o',
  )
  const globals = { seen: 3n, unused: 0n, limit: 4n }
  expect(variablesOf(spec, { globals })).toEqual([{ key: 'seen', values: [3n] }])
})
