import { describe, expect, it } from 'vitest'
import { cString, objectName } from '../../src/abi/object_name.ts'

describe('objectName', () => {
  it('keeps what the kernel accepts', () => {
    expect(objectName('handle_exec')).toBe('handle_exec')
    expect(objectName('bootstra.rodata')).toBe('bootstra.rodata')
    expect(objectName('')).toBe('')
  })

  it('cuts to 15 bytes and replaces every byte that the kernel refuses', () => {
    expect(objectName('a_name_of_more_than_15_bytes')).toBe('a_name_of_more_')
    expect(objectName('a-b c')).toBe('a_b_c')
    expect(objectName('é')).toBe('__')
    expect(objectName('a\0b')).toBe('a_b')
  })
})

describe('cString', () => {
  it('ends with a NUL', () => {
    expect(cString('GPL')).toEqual(Uint8Array.from([0x47, 0x50, 0x4c, 0]))
  })
})
