import { describe, expect, it } from 'vitest'
import { typeId, type TypeId, VOID } from '../../../src/base/units.ts'
import { dumpC } from '../../../src/btf/c_dump/dump_c.ts'
import { Btf } from '../../../src/btf/btf.ts'
import { BtfBuilder } from '../../../src/btf/encoder.ts'
import { addBasics, built } from '../build.ts'
import { expectBtfError } from '../expect_code.ts'
import { HEADER_END, HEADER_START } from '../../../src/btf/c_dump/vmlinux_header.ts'
import { c, headerOf } from './c_of.ts'

describe('a header', () => {
  it('has the types between what clang is told of them', () => {
    const { btf } = built((b) => b.addTypedef('count_t', addBasics(b).int))
    expect(headerOf(btf)).toMatchInlineSnapshot(`
      "#ifndef __VMLINUX_H__
      #define __VMLINUX_H__

      #ifndef BPF_NO_PRESERVE_ACCESS_INDEX
      #pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
      #endif

      #ifndef __ksym
      #define __ksym __attribute__((section(".ksyms")))
      #endif

      #ifndef __weak
      #define __weak __attribute__((weak))
      #endif

      #ifndef __bpf_fastcall
      #if __has_attribute(bpf_fastcall)
      #define __bpf_fastcall __attribute__((bpf_fastcall))
      #else
      #define __bpf_fastcall
      #endif
      #endif

      typedef int count_t;


      /* BPF kfuncs */
      #ifndef BPF_NO_KFUNC_PROTOTYPES
      #endif

      #ifndef BPF_NO_PRESERVE_ACCESS_INDEX
      #pragma clang attribute pop
      #endif

      #endif /* __VMLINUX_H__ */
      "
    `)
  })

  it('has prototypes of the kernel functions for BPF programs', () => {
    const { btf } = built((b) => {
      const { int } = addBasics(b)
      const task = b.addPtr(b.addStruct('task_struct', 4, [{ name: 'pid', type: int, bitOffset: 0 }]))
      const acquire = b.addFunc(
        'bpf_task_acquire',
        b.addFuncProto(task, [{ name: 'p', type: task }]),
        'static',
      )
      const cast = b.addFunc('bpf_cast', b.addFuncProto(VOID, []), 'static')
      b.addFunc('other', b.addFuncProto(int, []), 'static')
      for (const id of [acquire, cast]) b.addDeclTag('bpf_kfunc', id, -1)
      b.addDeclTag('bpf_fastcall', cast, -1)
      b.addDeclTag('bpf_kfunc', typeId(99), -1)
    })
    expect(headerOf(btf)).toContain(
      [
        '/* BPF kfuncs */',
        '#ifndef BPF_NO_KFUNC_PROTOTYPES',
        'extern struct task_struct *bpf_task_acquire(struct task_struct *p) __weak __ksym;',
        'extern __bpf_fastcall void bpf_cast(void) __weak __ksym;',
        '#endif',
      ].join('\n'),
    )
  })

  it('of split BTF has the types of its base, too', () => {
    const { btf: base, ids } = built((b) => {
      const { int } = addBasics(b)
      return b.addStruct('base', 4, [{ name: 'x', type: int, bitOffset: 0 }])
    })
    const { btf } = built((b) => b.addStruct('own', 4, [{ name: 'x', type: ids, bitOffset: 0 }]), { base })
    expect(headerOf(btf)).toMatch(/struct base \{\n\tint x;\n\};\n\nstruct own \{\n\tstruct base x;\n\};/)
  })

  it('is the same for types of the other byte order', () => {
    const add = (b: BtfBuilder): void => {
      const { int, u64 } = addBasics(b)
      b.addStruct('s', 16, [
        { name: 'a', type: int, bitOffset: 0 },
        { name: 'b', type: u64, bitOffset: 64 },
      ])
    }
    expect(headerOf(built(add, { endianness: 'big' }).btf)).toBe(headerOf(built(add).btf))
  })

  it('comes in pieces', () => {
    const { btf } = built((b) => {
      const { int } = addBasics(b)
      for (let index = 0; index < 5000; index++) b.addTypedef(`type_number_${index}`, int)
    })
    expect([...dumpC(btf)].length).toBeGreaterThan(5)
  })
})

describe('some types', () => {
  const { btf, ids } = built((b) => {
    const { int } = addBasics(b)
    const field = (type: TypeId): { name: string; type: TypeId; bitOffset: number } => ({
      name: 'x',
      type,
      bitOffset: 0,
    })
    const part = b.addStruct('part', 4, [field(int)])
    const other = b.addStruct('other', 4, [field(int)])
    const pointer = b.addPtr(other)
    const wanted = b.addStruct('wanted', 16, [field(part), { ...field(pointer), bitOffset: 64 }])
    const proto = b.addFuncProto(int, [{ name: 'o', type: pointer }])
    const kfunc = b.addFunc('bpf_one', proto, 'static')
    b.addDeclTag('bpf_kfunc', kfunc, -1)
    return {
      wanted,
      kfunc,
      func: b.addFunc('plain', proto, 'global'),
      variable: b.addVar('v', pointer, 'global'),
    }
  })
  /** The header's own part. */
  const partOf = (...roots: TypeId[]): string =>
    headerOf(btf, roots).slice(HEADER_START.length, -HEADER_END.length).trimEnd()

  it('come with what they need, and nothing else', () => {
    expect(partOf(ids.wanted)).toBe(c`
      struct part {
        int x;
      };

      struct other;

      struct wanted {
        struct part x;
        struct other *x;
      };
    `)
  })

  it('can be functions and variables', () => {
    expect(partOf(ids.func, ids.variable)).toBe(c`
      struct other;

      extern int plain(struct other *o);

      extern struct other *v;
    `)
  })

  it('can be kernel functions, with which programs call them', () => {
    expect(partOf(ids.kfunc)).toBe(c`
      struct other;

      extern int bpf_one(struct other *o) __weak __ksym;
    `)
  })
})

describe('types that no compiler writes', () => {
  const nested = (depth: number): Btf => {
    const { btf } = built((b) => {
      let id = addBasics(b).int
      for (let index = 0; index < depth; index++) {
        id = b.addStruct('', 4, [{ name: 'x', type: id, bitOffset: 0 }])
      }
      b.addTypedef('deep_t', id)
    })
    return btf
  }

  it('lie in each other as deep as compilers go', () => {
    expect(headerOf(nested(60))).toContain('deep_t;')
  })

  it('are refused where they lie deeper, which would end the stack', () => {
    expectBtfError(() => headerOf(nested(20_000)), 'BTF_TOO_DEEP')
  })

  it('are refused where they are used again and again, which would end the memory', () => {
    const { btf } = built((b) => {
      let id = addBasics(b).int
      for (let index = 0; index < 60; index++) {
        id = b.addStruct('', 4, [
          { name: 'x', type: id, bitOffset: 0 },
          { name: 'y', type: id, bitOffset: 0 },
        ])
      }
      b.addTypedef('wide_t', id)
    })
    expectBtfError(() => headerOf(btf), 'BTF_TOO_LARGE')
  })

  it.each(['parameters', 'results'])('are refused where functions are the %s of functions', (which) => {
    const { btf } = built((b) => {
      let id = addBasics(b).int
      for (let index = 0; index < 60; index++) {
        const taken = b.addPtr(id)
        id =
          which === 'parameters'
            ? b.addFuncProto(VOID, [
                { name: '', type: taken },
                { name: '', type: taken },
              ])
            : b.addFuncProto(taken, [{ name: '', type: taken }])
      }
      b.addTypedef('fn_t', b.addPtr(id))
    })
    expectBtfError(() => headerOf(btf), 'BTF_TOO_LARGE')
  })

  it('are refused where they are padding', () => {
    const { btf } = built((b) => {
      const { int } = addBasics(b)
      b.addStruct('huge', 0xfffffff8, [{ name: 'x', type: int, bitOffset: 0 }])
    })
    expectBtfError(() => headerOf(btf), 'BTF_TOO_LARGE')
  })

  it('are refused where they are not there', () => {
    const { btf } = built((b) => b.addTypedef('t', typeId(77)))
    expectBtfError(() => headerOf(btf), 'BTF_NO_SUCH_TYPE')
  })

  it('are refused behind a kind that is not known, unless those before it are enough', () => {
    const builder = new BtfBuilder()
    const { int } = addBasics(builder)
    const known = builder.addTypedef('known', int)
    builder.addRaw({ nameOffset: 0, info: 99 << 24, sizeOrType: 0 })
    const bytes = builder.finish({ endianness: 'little' })
    const btf = Btf.parse(bytes, { name: 'newer', atUnknownKind: 'stop' })
    expectBtfError(() => headerOf(btf), 'BTF_UNKNOWN_KIND')
    expect(headerOf(btf, [known])).toContain('typedef int known;')
  })
})
