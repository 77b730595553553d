import { describe, expect, it } from 'vitest'
import { readInput } from '../../src/commands/read_input.ts'

describe('readInput', () => {
  it('reads a file, and nothing where none is named', async () => {
    expect((await readInput('package.json'))?.[0]).toBe(0x7b)
    expect(await readInput(undefined)).toBeUndefined()
  })

  it.each(['/not/there', '/'])('says that %s cannot be read', async (path) => {
    await expect(readInput(path)).rejects.toMatchObject({ code: 'FILE_UNREADABLE', object: path })
  })
})
