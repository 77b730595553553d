import { describe, expect, it } from 'vitest'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { SyscallError } from '../../src/kernel/syscall_error.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import { mapGlobalStore } from '../../src/maps/map_globals.ts'
import type { GlobalVariable } from '../../src/object/globals.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { failingKernel } from '../kernel/failing_kernel.ts'
import { BpfKernel, bufferOf, u32 } from '../loader/bpf_kernel.ts'
import { smallSpec } from '../loader/small_object.ts'

const spec = smallSpec()

function variable(name: string): GlobalVariable {
  return spec.variables.find((each) => each.name === name) ?? expect.fail(`no variable ${name}`)
}

describe('mapGlobalStore', () => {
  it('says that a variable is in no map', () => {
    const store = mapGlobalStore('small.bpf.o', spec.btf, new Map())
    const error = bpfErrorOf('OBJECT_UNKNOWN_NAME', () => store.read(variable('lost')))
    expect(error).toMatchObject({ object: 'small.bpf.o', section: '.bss' })
  })

  it('writes nothing where the value does not fit the type', () => {
    using object = loadObject(spec, { kernel: new BpfKernel() })
    bpfErrorOf('OBJECT_BAD_VALUE', () => {
      object.globals['lost'] = 2n ** 64n
    })
    expect(object.globals['lost']).toBe(0n)
  })

  it('changes the bytes of the variable alone in mapped memory, and asks the kernel for nothing', () => {
    const kernel = new BpfKernel()
    using object = loadObject(spec, { kernel })
    expect(object.globals['second']).toBe(2n)
    for (const command of ['BPF_MAP_LOOKUP_ELEM', 'BPF_MAP_UPDATE_ELEM'] as const)
      kernel.answers[command] = () => expect.fail('the kernel was asked')
    const value = kernel.values.get(object.maps.get('.data')?.fd ?? -1) ?? expect.fail('no value')
    value.fill(0xff)
    object.globals['first'] = 258n
    expect([...value]).toEqual([2, 1, 0, 0, 0, 0, 0, 0, ...new Array<number>(8).fill(0xff)])
  })
})

describe('mapGlobalStore of a section that is not mapped', () => {
  const refusing = (kernel: BpfKernel): Kernel => failingKernel(kernel, { method: 'mmap', errno: 22 })

  it('reads and writes the only value of the section’s map as a whole', () => {
    const kernel = new BpfKernel()
    using object = loadObject(spec, { kernel: refusing(kernel) })
    const fd = object.maps.get('.data')?.fd ?? -1
    kernel.values.get(fd)?.set([7])
    let written = new Uint8Array()
    kernel.answers.BPF_MAP_UPDATE_ELEM = (attr) => {
      expect(u32(attr, 0)).toBe(fd)
      expect(bufferOf(attr, 'key')).toEqual(new Uint8Array(4))
      written = bufferOf(attr, 'value').slice()
      return kernel.usually('BPF_MAP_UPDATE_ELEM', attr)
    }
    object.globals['second'] = 258n
    expect([...written]).toEqual([7, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0])
    expect(object.globals).toMatchObject({ first: 7n, second: 258n, limit: 5n })
    expect(kernel.mappings).toBe(0)
  })

  it('asks for a mapping once', () => {
    const kernel = new BpfKernel()
    let asked = 0
    kernel.mmap = () => {
      asked++
      throw new SyscallError({ syscall: 'mmap', errno: 22 })
    }
    using object = loadObject(spec, { kernel })
    for (let count = 0; count < 3; count++) expect(object.globals['lost']).toBe(0n)
    expect(asked).toBe(1)
  })

  it('does not ask for one where the map was not made for it', () => {
    const kernel = new BpfKernel()
    kernel.mmap = () => expect.fail('the kernel was asked')
    const hidden = { '.bss': [{ name: 'hidden', type: 'u64', linkage: 'static' }] } as const
    using object = loadObject(smallSpec({ data: hidden, programs: [{}] }), { kernel })
    object.globals['hidden'] = 3n
    expect(object.globals['hidden']).toBe(3n)
  })

  it('writes nothing where the value does not fit the type, and nothing that is frozen', () => {
    const kernel = new BpfKernel()
    using object = loadObject(spec, { kernel: refusing(kernel) })
    kernel.answers.BPF_MAP_UPDATE_ELEM = () => expect.fail('the kernel was asked')
    bpfErrorOf('OBJECT_BAD_VALUE', () => {
      object.globals['lost'] = 2n ** 64n
    })
    bpfErrorOf('MAP_READ_ONLY', () => {
      object.globals['limit'] = 2n
    })
    expect(object.globals).toMatchObject({ lost: 0n, limit: 5n })
  })

  it('says that a map has lost its only value', () => {
    const kernel = new BpfKernel()
    using object = loadObject(spec, { kernel: refusing(kernel) })
    kernel.values.clear()
    const store = mapGlobalStore('small.bpf.o', spec.btf, object.maps)
    expect(bpfErrorOf('MAP_NO_ENTRY', () => store.read(variable('lost'))).map).toBe('.bss')
  })

  it('cannot be used once the map is closed', () => {
    const object = loadObject(spec, { kernel: refusing(new BpfKernel()) })
    object.close()
    bpfErrorOf('DESCRIPTOR_CLOSED', () => object.globals['lost'])
  })
})
