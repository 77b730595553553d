import { describe, expect, it } from 'vitest'
import { readFileFor } from '../../src/loader/read_file.ts'

describe('readFileFor', () => {
  it('gives the bytes of a file', async () => {
    expect((await readFileFor('package.json', 'read it'))[0]).toBe(0x7b)
  })

  it.each(['/not/there', '/'])('says what was tried with %s', async (path) => {
    await expect(readFileFor(path, `read types from ${path}`)).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      object: path,
      message: expect.stringMatching(`^cannot read types from ${path}: E`) as string,
    })
  })
})
