import { describe, expect, it } from 'vitest'
import { requiredCapabilities } from '../../src/loader/required_capabilities.ts'
import { relocateObject } from '../../src/relocate/relocate_object.ts'
import type { MapDescription } from '../object/object_writer.ts'
import { smallKernel } from '../relocate/small_kernel.ts'
import { smallSpec } from './small_object.ts'

const XSKMAP: MapDescription = {
  name: 'sockets',
  uints: { type: 17, key_size: 4, value_size: 4, max_entries: 1 },
}

function required(sections: readonly string[], maps: readonly MapDescription[] = []): readonly string[] {
  const programs = sections.map((section, index) => ({ name: `program_${index}`, section }))
  const spec = smallSpec({ programs, ...(maps.length === 0 ? {} : { maps }) })
  return requiredCapabilities(relocateObject(spec, { targetBtf: smallKernel }))
}

describe('requiredCapabilities', () => {
  it.each([
    { sections: ['socket'], expected: ['CAP_BPF'] },
    { sections: ['tp/sched/sched_process_exec'], expected: ['CAP_BPF', 'CAP_PERFMON'] },
    { sections: ['xdp'], expected: ['CAP_BPF', 'CAP_NET_ADMIN'] },
    { sections: ['xdp', 'kprobe/do_exit'], expected: ['CAP_BPF', 'CAP_PERFMON', 'CAP_NET_ADMIN'] },
    { sections: ['cgroup_skb/egress', 'sk_reuseport', 'syscall'], expected: ['CAP_BPF'] },
  ])('of $sections are $expected', ({ sections, expected }) => {
    expect(required(sections)).toEqual(expected)
  })

  it('are more for maps of devices and sockets', () => {
    expect(required(['socket'], [XSKMAP])).toEqual(['CAP_BPF', 'CAP_NET_ADMIN'])
  })
})
