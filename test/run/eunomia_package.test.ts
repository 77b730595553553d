import { describe, expect, it } from 'vitest'
import { readPackage } from '../../src/run/eunomia_package.ts'
import { bpfErrorOf } from '../base/expect_error.ts'

describe('readPackage', () => {
  it('gives the compressed object', () => {
    const text = JSON.stringify({ bpf_object: 'AQID', bpf_object_size: 7, meta: {} })
    expect(readPackage(text, 'package.json')).toEqual({ compressed: Buffer.of(1, 2, 3), size: 7 })
  })

  it.each([
    ['', 'it is no JSON'],
    ['[]', 'it is no JSON object'],
    ['null', 'it is no JSON object'],
    ['{"name":"rawbpf","version":"1.0.0"}', 'it has no text called bpf_object'],
    ['{"bpf_object":5,"bpf_object_size":5}', 'it has no text called bpf_object'],
    ['{"bpf_object":"AQID"}', 'its bpf_object_size is no number of bytes'],
    ['{"bpf_object":"AQID","bpf_object_size":-1}', 'its bpf_object_size is no number of bytes'],
    ['{"bpf_object":"AQID","bpf_object_size":1e12}', 'up to 67108864 bytes are supported'],
    ['{"bpf_object":"A QID","bpf_object_size":5}', 'its bpf_object is no base64'],
    ['{"bpf_object":"","bpf_object_size":5}', 'its bpf_object is no base64'],
  ])('refuses %j', (text, found) => {
    const error = bpfErrorOf('RUN_BAD_PACKAGE', () => readPackage(text, 'package.json'))
    expect(error.message).toContain('cannot read package.json as a package of eunomia-bpf: ')
    expect(error.message).toContain(found)
  })
})
