import { describe, expect, it } from 'vitest'
import { loadObject } from '../../src/loader/load_object.ts'
import { mapGlobalStore } from '../../src/maps/map_globals.ts'
import type { GlobalVariable } from '../../src/object/globals.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { BpfKernel } from '../loader/bpf_kernel.ts'
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

  it('says that a map has lost its only value', () => {
    const kernel = new BpfKernel()
    using object = loadObject(spec, { kernel })
    kernel.values.clear()
    const store = mapGlobalStore('small.bpf.o', spec.btf, object.maps)
    expect(bpfErrorOf('MAP_NO_ENTRY', () => store.read(variable('lost'))).map).toBe('.bss')
  })

  it('writes nothing where the value does not fit the type', () => {
    const kernel = new BpfKernel()
    using object = loadObject(spec, { kernel })
    kernel.answers.BPF_MAP_UPDATE_ELEM = () => expect.fail('the kernel was asked')
    bpfErrorOf('OBJECT_BAD_VALUE', () => {
      object.globals['lost'] = 2n ** 64n
    })
    expect(object.globals['lost']).toBe(0n)
  })
})
