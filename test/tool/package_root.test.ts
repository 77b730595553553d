import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { packageFile } from '../../src/tool/package_root.ts'

describe('packageFile', () => {
  it('finds the files that are shipped with the package', () => {
    expect(JSON.parse(readFileSync(packageFile('package.json'), 'utf8'))).toMatchObject({ name: 'rawbpf' })
    expect(readFileSync(packageFile('bpf/bootstrap.bpf.o')).subarray(1, 4).toString()).toBe('ELF')
  })
})
