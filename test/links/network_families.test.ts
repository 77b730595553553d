import { describe, expect, it } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import { AttachError } from '../../src/links/attach_error.ts'
import type { LinkStep } from '../../src/links/steps.ts'
import type { AttachTarget } from '../../src/object/attach_target.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { failingKernel } from '../kernel/failing_kernel.ts'
import { recordingKernel } from '../kernel/recording_kernel.ts'
import { attachIn, NetworkKernel } from './network_kernel.ts'
import { attachProgram } from '../../src/links/attach_program.ts'
import { programIn } from './program_in.ts'

interface Family {
  readonly section: string
  readonly target: AttachTarget
  readonly how: LinkStep['how']
  readonly place: string
}

/** One of each way to attach. */
const families: readonly Family[] = [
  {
    section: 'xdp',
    target: { kind: 'xdp', interface: 'eth0' },
    how: 'bpf-link',
    place: 'XDP of interface eth0',
  },
  {
    section: 'xdp',
    target: { kind: 'xdp', interface: 7, by: 'netlink' },
    how: 'netlink',
    place: 'XDP of interface 7',
  },
  {
    section: 'tc/ingress',
    target: { kind: 'tc', interface: 'eth0' },
    how: 'netlink',
    place: 'tc ingress of interface eth0',
  },
  {
    section: 'tcx/egress',
    target: { kind: 'tcx', interface: 'eth0' },
    how: 'bpf-link',
    place: 'tcx egress of interface eth0',
  },
  {
    section: 'netkit/peer',
    target: { kind: 'netkit', interface: 'eth0' },
    how: 'bpf-link',
    place: 'netkit peer of interface eth0',
  },
  {
    section: 'cgroup/connect4',
    target: { kind: 'cgroup', path: '/sys/fs/cgroup/app' },
    how: 'bpf-link',
    place: 'cgroup_inet4_connect of cgroup /sys/fs/cgroup/app',
  },
  {
    section: 'sockops',
    target: { kind: 'cgroup', path: '/sys/fs/cgroup/app', by: 'prog-attach' },
    how: 'prog-attach',
    place: 'cgroup_sock_ops of cgroup /sys/fs/cgroup/app',
  },
  {
    section: 'sk_msg',
    target: { kind: 'sockmap', map: { fd: 5 } },
    how: 'bpf-link',
    place: 'map of sockets, descriptor 5',
  },
  {
    section: 'sk_lookup',
    target: { kind: 'netns' },
    how: 'bpf-link',
    place: 'network namespace /proc/thread-self/ns/net',
  },
  {
    section: 'netfilter',
    target: { kind: 'netfilter', family: 'ipv4', hook: 'input', priority: 5 },
    how: 'bpf-link',
    place: 'netfilter ipv4 input, priority 5',
  },
]

describe.each(families)('a program of section $section, $how', ({ section, target, how, place }) => {
  it('is attached, and told of', () => {
    const { link, steps, kernel } = attachIn(section, target)
    expect(steps).toEqual([{ kind: 'link-made', program: 'main', target: place, how }])
    expect(link).toMatchObject({ target: place, closed: false })
    link.close()
    link.close()
    expect(link.closed).toBe(true)
    expect([...kernel.descriptors.values()]).toEqual(['program'])
    expect([kernel.attached, kernel.peer.filters, kernel.peer.qdisc]).toEqual([0, 0, false])
  })

  it('leaves nothing behind, whichever call fails in whichever way', () => {
    let tried = 0
    for (const errno of [1, 4, 11, 12, 22]) {
      const calls = recordingKernel(new NetworkKernel())
      attachProgram(
        { kernel: calls.kernel, program: programIn(new NetworkKernel(), section), observer: undefined },
        target,
      )
      const count = calls.calls.filter(({ syscall }) => syscall !== 'close').length
      for (let nth = 1; nth <= count; nth++, tried++) {
        const kernel = new NetworkKernel()
        try {
          attachIn(section, target, kernel, (wrapped) => failingKernel(wrapped, { nth, errno })).link.close()
        } catch (error) {
          expect(error).toBeInstanceOf(AttachError)
          expect(error).toMatchObject({ program: 'main', section })
          expect((error as AttachError).message).toContain(place)
        }
        expect([...kernel.descriptors.values()], `call ${nth}, errno ${errno}`).toEqual(['program'])
        expect([kernel.attached, kernel.peer.filters], `call ${nth}, errno ${errno}`).toEqual([0, 0])
      }
    }
    expect(tried).toBeGreaterThan(4)
  })

  it('is refused where the program is of another type, or closed', () => {
    const kernel = new NetworkKernel()
    const open = kernel.descriptors.size
    const error = bpfErrorOf('ATTACH_WRONG_PROGRAM', () => attachIn('tp/a/b', target, kernel))
    expect(error.message).toContain(`program main of section 'tp/a/b' to a target of kind '${target.kind}'`)
    const program = programIn(kernel, section)
    program.close()
    bpfErrorOf('DESCRIPTOR_CLOSED', () => attachProgram({ kernel, program, observer: undefined }, target))
    expect(kernel.descriptors.size).toBe(open + 1)
  })

  it('is detached again where the observer throws', () => {
    const kernel = new NetworkKernel()
    const program = programIn(kernel, section)
    const stop = new BpfError('STOP', 'enough')
    const observer = (): void => {
      throw stop
    }
    expect(() => attachProgram({ kernel, program, observer }, target)).toThrow(stop)
    expect([...kernel.descriptors.values()]).toEqual(['program'])
    expect([kernel.attached, kernel.peer.filters, kernel.peer.qdisc]).toEqual([0, 0, false])
  })
})
