import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { version } from '../src/version.ts'

describe('version', () => {
  it("is the package's", () => {
    expect(JSON.parse(readFileSync('package.json', 'utf8'))).toMatchObject({ version })
  })
})
