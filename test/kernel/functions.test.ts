import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
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

/** What libbpf says of objects that it may refuse. Where it takes them, they have to be the same as here. */
const refusals: Readonly<Record<string, string>> = {
  // It takes subprograms in .text only.
  'sections.bpf.o': 'static and not supported',
  // libbpf 1.1, which is in bpftool 7.1, does not append exception callbacks; 1.3 does.
  'exceptions.bpf.o': 'exception callback type id not found in func_info',
}

const libbpfTest = kernelTest('bpftool, and the right to mount', whyNoLibbpf)

function loadHere(object: string): ReadonlyMap<string, LoadedProgramPicture> {
  const kernel = openKernel()
  using loaded = loadObject(parseObject(readFileSync(join(folder, object)), object))
  return new Map([...loaded.programs].map(([name, { fd }]) => [name, photographProgram(kernel, fd)]))
}

describe('functions in the real kernel', () => {
  it('has objects to load', () => {
    expect(objects).toHaveLength(10)
  })

  for (const object of objects) {
    kernelBtfTest(`${object} passes the verifier, and has more functions than programs`, () => {
      const programs = [...loadHere(object).values()]
      expect(programs.length).toBeGreaterThan(0)
      const functionCount = programs.reduce((sum, { funcInfo }) => sum + funcInfo.length / 16, 0)
      expect(functionCount).toBeGreaterThan(programs.length)
    })

    libbpfTest(`${object} is what it is when libbpf loads it, or libbpf refuses it`, async () => {
      const libbpf = await loadWithLibbpf(openKernel(), join(folder, object))
      if (typeof libbpf === 'string') {
        expect(libbpf).toContain(refusals[basename(object)] ?? 'nothing: it takes this object')
        return
      }
      const here = loadHere(object)
      expect([...here.keys()].sort()).toEqual([...libbpf.keys()].sort())
      for (const [name, picture] of here) expect(picture, name).toEqual(libbpf.get(name))
    })
  }
})
