import { describe, expect, it } from 'vitest'
import { openObject } from '../../src/loader/open_object.ts'
import type { LoadStep } from '../../src/loader/steps.ts'

describe('openObject', () => {
  it('reads an object file and reports what it finds', async () => {
    const steps: LoadStep[] = []
    const spec = await openObject('bpf/bootstrap.bpf.o', { observer: (step) => steps.push(step) })
    expect(spec.name).toBe('bootstrap')
    expect([...spec.programs.keys()]).toEqual(['handle_exit', 'handle_exec'])
    expect(new Set(steps.map(({ kind }) => kind))).toEqual(
      new Set(['section-read', 'program-found', 'map-found']),
    )
  })

  it.each([
    { path: 'no/such/file.bpf.o', why: 'ENOENT' },
    { path: 'bpf', why: 'EISDIR' },
  ])('says why $path cannot be read', async ({ path, why }) => {
    await expect(openObject(path)).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      object: path,
      message: expect.stringContaining(why) as string,
      cause: { code: why },
    })
  })

  it('says that a file is no BPF object', async () => {
    await expect(openObject('package.json')).rejects.toMatchObject({ name: 'ElfError' })
  })
})
