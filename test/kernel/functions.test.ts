import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openKernel } from '../../src/kernel/linux.ts'
import { isBefore, type KernelVersion, readKernelVersion } from '../../src/kernel/kernel_version.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { loadWithLibbpf, whyNoLibbpf } from './libbpf_load.ts'
import { type LoadedProgramPicture, photographProgram } from './loaded_program.ts'
import { featureTest, kernelBtfTest, type KernelFeature, kernelTest } from './require.ts'

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

/** What some of the objects use that not every kernel has. */
const needs: Readonly<Record<string, Pick<KernelFeature, 'name' | 'since'>>> = {
  'callbacks.bpf.o': { name: 'callbacks', since: [5, 13] },
  'sections.bpf.o': { name: 'static functions of no known section', since: [5, 13] },
  'exceptions.bpf.o': { name: 'exceptions', since: [6, 7] },
}

const isOlder = (since: KernelVersion): boolean => isBefore(readKernelVersion() ?? [0, 0], since)

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
    // Older kernels than the features that an object uses are asked with the object itself.
    const since = needs[basename(object)]
    const whyNot = (): undefined => {
      loadHere(object)
    }
    const loadTest = since === undefined ? kernelBtfTest : featureTest({ ...since, whyNot })
    loadTest(`${object} passes the verifier, and has more functions than programs`, () => {
      const programs = [...loadHere(object).values()]
      expect(programs.length).toBeGreaterThan(0)
      const functionCount = programs.reduce((sum, { funcInfo }) => sum + funcInfo.length / 16, 0)
      expect(functionCount).toBeGreaterThan(programs.length)
    })

    libbpfTest(`${object} is what it is when libbpf loads it, or libbpf refuses it`, async () => {
      const libbpf = await loadWithLibbpf(openKernel(), join(folder, object))
      if (typeof libbpf === 'string') {
        const bothFail = since !== undefined && isOlder(since.since)
        if (bothFail) expect(() => loadHere(object)).toThrow()
        else expect(libbpf).toContain(refusals[basename(object)] ?? 'nothing: it takes this object')
        return
      }
      // libbpf leaves out a callback where the kernel knows no declaration tags (before Linux 5.16), and the rest is loaded.
      if (since !== undefined && isOlder(since.since)) {
        expect(() => loadHere(object)).toThrow(
          "number of funcs in func_info doesn't match number of subprogs",
        )
        return
      }
      const here = loadHere(object)
      expect([...here.keys()].sort()).toEqual([...libbpf.keys()].sort())
      for (const [name, picture] of here) expect(picture, name).toEqual(libbpf.get(name))
    })
  }
})
