import { describe, expect, it } from 'vitest'
import { elementError, requireOperation, type SubjectMap } from '../../src/maps/element_error.ts'
import type { SyscallError } from '../../src/kernel/syscall_error.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { E2BIG, EEXIST, EINVAL, ENOENT, ENOTSUPP, EPERM } from './fake_map_kernel.ts'

const map: SubjectMap = { name: 'counts', kind: 'hash', maxEntries: 3, access: () => 'read and write' }

describe('what a refusal means', () => {
  it.each([
    [map, E2BIG, 'MAP_FULL', 'it is full, with 3 entries; delete some, or create it with more'],
    [{ ...map, kind: 'array' as const }, E2BIG, 'MAP_NO_ENTRY', 'its indices go from 0 to 2'],
    [map, EEXIST, 'MAP_ENTRY_EXISTS', 'there is one for this key already; update it without the mode create'],
    [map, ENOENT, 'MAP_NO_ENTRY', 'there is none for this key'],
    [map, ENOTSUPP, 'MAP_WRONG_TYPE', 'this kernel does not do it for maps of kind hash'],
    [{ ...map, access: () => 'frozen' as const }, EPERM, 'MAP_READ_ONLY', 'it is frozen'],
    [map, EINVAL, 'MAP_REFUSED', 'bpf(BPF_MAP_UPDATE_ELEM) failed with EINVAL: invalid argument'],
  ])('is told by map and errno %#', (subject, errno, code, found) => {
    const error = elementError(subject, 'update', errno)
    expect(error.code).toBe(code)
    expect(error.message).toBe(`cannot update an entry of map counts: ${found}`)
    expect(error.map).toBe('counts')
    expect((error.cause as SyscallError).errno).toBe(errno)
  })

  it('is a missing right, or what may lie behind, where the map itself can be written', () => {
    expect(elementError(map, 'delete', EPERM)).toMatchObject({ code: 'NOT_PERMITTED' })
  })
})

describe('what a kind does not have', () => {
  it('is refused before the kernel is asked, with advice', () => {
    const { message } = bpfErrorOf('MAP_WRONG_TYPE', () => {
      requireOperation({ name: 'rb', kind: 'ringbuf' }, 'lookup')
    })
    expect(message).toBe(
      'cannot look up an entry of map rb, of kind ringbuf: there is no such thing; read its records with ringBuffer() of the ' +
        'loaded object',
    )
    bpfErrorOf('MAP_WRONG_TYPE', () => {
      requireOperation({ name: 'q', kind: 'queue' }, 'keys')
    })
  })

  it('is for the kernel to say of kinds that are not known', () => {
    requireOperation({ name: 'new', kind: 'unknown' }, 'take')
  })
})
