import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { reportProgram } from '../../src/explain/program_report.ts'
import { programText } from '../../src/explain/program_text.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { relocateObject } from '../../src/relocate/relocate_object.ts'
import { smallKernel } from '../relocate/small_kernel.ts'

describe('programText', () => {
  it('shows the programs of bootstrap.bpf.o with their C source and every patch', async () => {
    const spec = parseObject(readFileSync('bpf/bootstrap.bpf.o'), 'bootstrap.bpf.o')
    const { programs } = relocateObject(spec, { targetBtf: smallKernel })
    const texts = programs.map((program) =>
      programText(reportProgram(program, { endianness: 'little', btf: spec.btf })),
    )
    await expect(texts.join('\n')).toMatchFileSnapshot('../golden/bootstrap-relocated.txt')
  })

  it('lets no name talk to the terminal', () => {
    const text = programText({
      name: 'a\u001b[2Jb',
      section: 'xdp\n',
      type: 'BPF_PROG_TYPE_XDP',
      functions: [{ name: '\u009b', section: 'xdp', start: 0 }],
      insns: [
        {
          insn: 0,
          source: { fileName: 'a\u0007.c', lineNumber: 3, text: 'puts("\u001b");' },
          before: undefined,
          after: { bytes: '9500000000000000', text: 'exit' },
          relocations: [
            { kind: 'map', map: '\u0000', offset: 3 },
            { kind: 'function', function: '\u007f', start: 2 },
          ],
        },
      ],
    })
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
    expect(text).toContain('; puts("\\u001b"); (a\\u0007.c:3)')
  })
})
