import { describe, expect, it } from 'vitest'
import type { ObjectSpec } from '../../src/object/object_spec.ts'
import { programsToLoad } from '../../src/object/programs_to_load.ts'
import { demoIn, demoSpec } from './struct_ops_object.ts'

const namesOf = (spec: ObjectSpec): string[] => programsToLoad(spec).map(({ name }) => name)

describe('the programs that are loaded', () => {
  it('are those with autoload, and those of struct_ops maps that are created', () => {
    expect(namesOf(demoSpec())).toEqual(['on_run', 'on_stop', 'other'])
  })

  it('go by their maps, whatever autoload says', () => {
    const spec = demoSpec()
    spec.programs.get('on_run')!.autoload = false
    spec.programs.get('other')!.autoload = false
    expect(namesOf(spec)).toEqual(['on_run', 'on_stop'])
  })

  it('are not those of maps that are left out', () => {
    expect(namesOf(demoSpec(demoIn('?.struct_ops')))).toEqual(['other'])
    const spec = demoSpec(demoIn('?.struct_ops'))
    spec.maps.get('demo')!.autocreate = true
    expect(namesOf(spec)).toEqual(['on_run', 'on_stop', 'other'])
  })

  it('are those that a map points to now, and not those that it pointed to', () => {
    const spec = demoSpec()
    spec.structOps['demo']!['run'] = 'spare'
    spec.structOps['demo']!['stop'] = null
    expect(namesOf(spec)).toEqual(['spare', 'other'])
  })

  it('are those that one of several maps wants', () => {
    const both = demoSpec({
      data: { ...demoIn('.struct_ops').data, ...renamed('?.struct_ops.link') },
      pointers: { ...demoIn('.struct_ops').pointers, ...demoIn('?.struct_ops.link').pointers },
    })
    expect(namesOf(both)).toEqual(['on_run', 'on_stop', 'other'])
    both.structOps['demo']!['run'] = null
    expect(namesOf(both)).toEqual(['on_stop', 'other'])
  })

  it('are those with autoload where no map points to them', () => {
    const spec = demoSpec({ data: {}, pointers: {} })
    expect(namesOf(spec)).toEqual(['on_run', 'on_stop', 'other'])
  })
})

function renamed(section: string): NonNullable<Parameters<typeof demoSpec>[0]>['data'] {
  const [demo] = demoIn(section).data![section]!
  return { [section]: [{ ...demo!, name: 'second' }] }
}
