import { describe, expect, it } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import { FileDescriptor } from '../../src/kernel/file_descriptor.ts'
import { FakeKernel } from './fake_kernel.ts'

function openOne(): { kernel: FakeKernel; file: FileDescriptor } {
  const kernel = new FakeKernel()
  return { kernel, file: new FileDescriptor(kernel, kernel.allocate('map'), 'map m') }
}

describe('FileDescriptor', () => {
  it('closes what it owns once, however often it is told to', async () => {
    const { kernel, file } = openOne()
    expect(kernel.descriptors.size).toBe(1)
    file.close()
    expect(kernel.descriptors.size).toBe(0)
    file.close()
    await file.closeAsync()
    file[Symbol.dispose]()
    expect(file.closed).toBe(true)
  })

  it('is closed at the end of a block that uses it', () => {
    const { kernel, file } = openOne()
    {
      using used = file
      expect(used.closed).toBe(false)
    }
    expect(kernel.descriptors.size).toBe(0)
  })

  it('counts as closed as soon as closeAsync is called', async () => {
    const { kernel, file } = openOne()
    const closing = file.closeAsync()
    expect(file.closed).toBe(true)
    await closing
    expect(kernel.descriptors.size).toBe(0)
  })

  it('refuses to be used after it was closed, and says what it was', () => {
    const { file } = openOne()
    file.close()
    expect(() => file.fd).toThrow(BpfError)
    expect(() => file.fd).toThrow('map m was used after it was closed')
  })

  it('leaves the descriptor open when it hands it over', () => {
    const { kernel, file } = openOne()
    const fd = file.release()
    file.close()
    expect([...kernel.descriptors.keys()]).toEqual([fd])
    expect(() => file.release()).toThrow(BpfError)
  })
})
