import { describe, expect, it } from 'vitest'
import { kernelDevice } from '../../src/tool/pid_namespace.ts'

describe('kernelDevice', () => {
  it.each([
    [0x4n, 0x4n],
    [0x0801n, 0x80_0001n],
    // Minor number 0x12345 of major number 0.
    [0x1230_0045n, 0x1_2345n],
    [0xdefa_bc12n, 0xabcd_ef12n],
  ])('gives what the kernel has for %i', (device, kernel) => {
    expect(kernelDevice(device)).toBe(kernel)
  })
})
