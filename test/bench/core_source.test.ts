import { describe, expect, it } from 'vitest'
import { CORE_RELOCATIONS, CORE_TYPES, coreSource, WHOLE_TYPES } from '../../bench/core_source.ts'
import { addBasics, built } from '../btf/build.ts'

describe('coreSource', () => {
  it('is about 1,000 relocations over 50 types', () => {
    expect(CORE_RELOCATIONS).toBe(1000)
    expect(CORE_TYPES).toBe(50)
    expect(new Set(WHOLE_TYPES).size).toBe(WHOLE_TYPES.length)
  })

  it('names the type that the kernel lacks', () => {
    const { btf } = built(addBasics)
    expect(() => coreSource(btf, '')).toThrow('this kernel has no struct task_struct')
  })

  it('names the type that has too little to ask for', () => {
    const { btf } = built((builder) => {
      const { int } = addBasics(builder)
      builder.addStruct('task_struct', 4, [{ name: 'pid', type: int, bitOffset: 0 }])
    })
    expect(() => coreSource(btf, '')).toThrow('struct task_struct has 1 things to ask for; 17 are wanted')
  })
})
