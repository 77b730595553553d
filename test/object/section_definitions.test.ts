import { describe, expect, it } from 'vitest'
import { bpf_attach_type, bpf_prog_type } from '../../src/abi/generated/bpf.ts'
import { sectionDefinitions } from '../../src/object/section_definitions.ts'
import { readSectionName } from '../../src/object/section_names.ts'

describe('the table of section names', () => {
  it('names program and attach types that the kernel has', () => {
    for (const { programType, attachType } of sectionDefinitions) {
      expect(bpf_prog_type).toHaveProperty(programType)
      if (attachType !== undefined) expect(bpf_attach_type).toHaveProperty(attachType)
    }
  })

  it('has each prefix once, and every line is found by it', () => {
    for (const definition of sectionDefinitions) {
      expect(readSectionName(definition.prefix)).toMatchObject({ kind: 'known', section: { definition } })
    }
    expect(new Set(sectionDefinitions.map(({ prefix }) => prefix)).size).toBe(sectionDefinitions.length)
  })

  it('has a line for every program type that can be loaded by a name', () => {
    const named = new Set(sectionDefinitions.map(({ programType }) => programType))
    const without = Object.keys(bpf_prog_type).filter(
      (type) => !named.has(type as keyof typeof bpf_prog_type),
    )
    expect(without).toEqual(['BPF_PROG_TYPE_UNSPEC'])
  })

  it('has the longer of two prefixes first where a name may start with either', () => {
    sectionDefinitions.forEach(({ prefix, suffix }, index) => {
      if (suffix === 'optional') return
      const later = sectionDefinitions.slice(index + 1).filter((each) => each.suffix === 'none')
      expect(later.filter((each) => each.prefix.startsWith(prefix))).toEqual([])
    })
  })

  it('lets sleep what is called .s, and syscall programs', () => {
    const sleepable = sectionDefinitions.filter(({ traits }) => traits.includes('sleepable'))
    const named = sectionDefinitions.filter(({ prefix }) => prefix.endsWith('.s') || prefix === 'syscall')
    expect(sleepable).toEqual(named)
  })
})
