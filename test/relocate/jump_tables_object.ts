import { SHT_PROGBITS, STB_LOCAL, STT_OBJECT } from '../../src/elf/constants.ts'
import { callSubprogram, exit, loadImm64, movImm } from '../../src/insn/assemble.ts'
import type { ObjectSpec } from '../../src/object/object_spec.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import type { SymbolDescription } from '../elf/elf_writer.ts'
import { type ObjectDescription, writeObject } from '../object/object_writer.ts'

/** 64-bit entries, in the object's byte order. */
export function tableBytes(entries: readonly number[], littleEndian = true): Uint8Array {
  const view = new DataView(new ArrayBuffer(entries.length * 8))
  entries.forEach((entry, index) => {
    view.setBigUint64(index * 8, BigInt(entry), littleEndian)
  })
  return new Uint8Array(view.buffer)
}

/** What is not as usual. */
export interface TableChanges {
  /** Bytes of the section's instructions. Default: 40 and 48, which are instructions 1 and 2 of `switches`. */
  readonly entries?: readonly number[]
  readonly symbol?: Partial<SymbolDescription>
  readonly object?: Partial<ObjectDescription>
}

/**
 * Program `main` calls function `switches`, which is behind another function in `.text` and refers to the table `table`; so
 * does `main` to `own`, of which it is instruction 0.
 */
export function tableSpec({ entries = [40, 48], symbol, object }: TableChanges = {}): ObjectSpec {
  const littleEndian = object?.endianness !== 'big'
  const table: SymbolDescription = {
    name: 'table',
    section: '.jumptables',
    value: 8n,
    size: BigInt(entries.length * 8),
    type: STT_OBJECT,
    binding: STB_LOCAL,
  }
  return parseObject(
    writeObject({
      programs: [
        {
          name: 'main',
          section: 'tc',
          insns: [loadImm64(1, 0n), callSubprogram(-1), exit()],
          relocations: [
            { insn: 0, symbol: 'own' },
            { insn: 2, symbol: 'switches', type: 10 },
          ],
        },
        { name: 'before', section: '.text', insns: [movImm(0, 0), movImm(0, 0), movImm(0, 0), exit()] },
        {
          name: 'switches',
          section: '.text',
          insns: [loadImm64(1, 0n), exit(), exit()],
          relocations: [{ insn: 0, symbol: 'table' }],
        },
      ],
      extraSections: [
        { name: '.jumptables', type: SHT_PROGBITS, data: tableBytes([0, ...entries], littleEndian) },
      ],
      extraSymbols: [
        { ...table, name: 'own', value: 0n, size: 8n },
        { ...table, ...symbol },
      ],
      ...object,
    }),
    'tables.bpf.o',
  )
}
