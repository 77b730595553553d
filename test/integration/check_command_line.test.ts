import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { kernelBytes } from '../check/kernel_types.ts'
import { Folder, run, runUnprivileged } from './command_objects.ts'
import { kernelBtfTest } from '../kernel/require.ts'

const OBJECT = 'test/fixtures/check/newer_field.bpf.o'

/** A folder with two kernels, the older one without the new field, and one in the form of /sys/kernel/btf. */
function writeKernels(folder: Folder): { readonly kernels: string; readonly running: string } {
  const [kernels, running] = [join(folder.path, 'kernels'), join(folder.path, 'running')]
  for (const each of [kernels, running]) mkdirSync(each)
  folder.write('kernels/6.1.btf', kernelBytes({ fields: ['old_field'] }))
  folder.write('kernels/7.2.btf.gz', gzipSync(kernelBytes()))
  folder.write('running/vmlinux', kernelBytes())
  return { kernels, running }
}

describe('rawbpf check', () => {
  it('prints a table of objects by kernels and why not, and ends with 1', async () => {
    using folder = new Folder()
    const { kernels, running } = writeKernels(folder)
    const { code, stdout, stderr } = await run('check', OBJECT, '--btf', kernels, running)
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    const [head = '', row = ''] = stdout.split('\n')
    expect(head.trim().split(/ +/)).toEqual(['6.1', '7.2', 'running'])
    expect(row.split(/ +/)).toEqual(['newer_field.bpf.o', 'no', 'yes', 'yes'])
    expect(stdout).toContain('no: CO-RE, unguarded: struct thing.new_field is not there')
    expect(stdout).not.toContain('no: CO-RE, guarded')
  })

  it('ends with 0 where nothing is missing', async () => {
    using folder = new Folder()
    const { running } = writeKernels(folder)
    expect(await run('check', OBJECT, '--btf', running)).toMatchObject({ code: 0, stderr: '' })
  })

  it('says no to what is no object, and checks the others', async () => {
    using folder = new Folder()
    const { running } = writeKernels(folder)
    const text = folder.write('object.txt', new TextEncoder().encode('no object at all'))
    const { code, stdout } = await run('check', text, OBJECT, '--btf', running)
    expect(code).toBe(1)
    expect(stdout).toMatch(/^object\.txt +no$/m)
    expect(stdout).toMatch(/^newer_field\.bpf\.o +yes$/m)
  })

  it('prints JSON', async () => {
    using folder = new Folder()
    const { kernels } = writeKernels(folder)
    const { stdout } = await run('check', OBJECT, '--json', '--btf', join(kernels, '6.1.btf'))
    const findings = [{ subject: 'CO-RE', of: 'unguarded', verdict: 'no' }]
    expect(JSON.parse(stdout)).toMatchObject({
      objects: [{ object: 'newer_field.bpf.o', kernels: [{ kernel: '6.1', verdict: 'no', findings }] }],
    })
  })

  it('says why types of kernels cannot be read', async () => {
    using folder = new Folder()
    mkdirSync(join(folder.path, 'empty'))
    folder.write('broken.gz', gzipSync(kernelBytes()).subarray(0, 20))
    folder.write('text', new TextEncoder().encode('no types at all'))
    const whyNot = async (name: string): Promise<string> => {
      const { code, stdout, stderr } = await run('check', OBJECT, '--btf', join(folder.path, name))
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      return stderr
    }
    expect(await whyNot('gone')).toContain('no such file')
    expect(await whyNot('empty')).toContain('the folder has no files')
    expect(await whyNot('broken.gz')).toContain('unexpected end of file')
    expect(await whyNot('text')).toContain('cannot read types from')
  })

  it('says that an object is missing', async () => {
    const { code, stderr } = await run('check', 'gone.bpf.o', '--btf', 'gone')
    expect(code).toBe(1)
    expect(stderr).toContain('gone')
  })

  kernelBtfTest('knows that bootstrap loads here, without any privilege', async () => {
    const { code, stdout } = await runUnprivileged('check', 'bpf/bootstrap.bpf.o')
    expect({ code, stdout: stdout.split('\n').slice(0, 2) }).toEqual({
      code: 0,
      stdout: ['                 this kernel', 'bootstrap.bpf.o  yes'],
    })
  })
})
