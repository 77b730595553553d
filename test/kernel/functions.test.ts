import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openKernel } from '../../src/kernel/linux.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { loadWithLibbpf, whyNoLibbpf } from './libbpf_load.ts'
import { type LoadedProgramPicture, photographProgram } from './loaded_program.ts'
import { kernelBtfTest, kernelTest } from './require.ts'

const folder = 'test/fixtures/functions'
const objects = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.o'),
)
/** libbpf takes subprograms in .text only. */
const refusedByLibbpf = objects.filter((name) => name.endsWith('sections.bpf.o'))

const libbpfTest = kernelTest('bpftool, and the right to mount', whyNoLibbpf)

function loadHere(object: string): ReadonlyMap<string, LoadedProgramPicture> {
  const kernel = openKernel()
  using loaded = loadObject(parseObject(readFileSync(join(folder, object)), object))
  return new Map([...loaded.programs].map(([name, { fd }]) => [name, photographProgram(kernel, fd)]))
}

describe('functions in the real kernel', () => {
  it('has objects to load', () => {
    expect(objects).toHaveLength(8)
  })

  for (const object of objects) {
    if (refusedByLibbpf.includes(object)) {
      kernelBtfTest(`${object} passes the verifier`, () => {
        const programs = loadHere(object)
        expect([...programs.keys()]).toEqual(['one', 'two', 'three'])
        for (const { funcInfo } of programs.values()) expect(funcInfo.length).toBeGreaterThan(16)
      })
      libbpfTest(`${object} is refused by libbpf`, async () => {
        expect(await loadWithLibbpf(openKernel(), join(folder, object))).toContain('static and not supported')
      })
      continue
    }
    libbpfTest(`${object} is what it is when libbpf loads it`, async () => {
      const libbpf = await loadWithLibbpf(openKernel(), join(folder, object))
      if (typeof libbpf === 'string') return expect.fail(libbpf)
      const here = loadHere(object)
      expect([...here.keys()].sort()).toEqual([...libbpf.keys()].sort())
      for (const [name, picture] of here) expect(picture, name).toEqual(libbpf.get(name))
      expect([...here.values()].some(({ funcInfo }) => funcInfo.length > 2 * 16)).toBe(true)
    })
  }
})
