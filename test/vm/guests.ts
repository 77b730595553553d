import type { Architecture } from '../../scripts/debian-suite.ts'

/** A machine that the suite boots: a kernel of Debian's, and what it needs to be told. */
export interface Guest {
  /** As the command line and docs/kernels.md call it. */
  readonly name: string
  /** The Debian suite whose newest kernel it runs. */
  readonly suite: string
  readonly architecture: Architecture
  /** qemu's name of the processor that is emulated, with what it is to have or not. */
  readonly processor: string
  /** Arguments of the kernel beside what all guests have. */
  readonly kernelArguments: readonly string[]
}

/** Linux 6.12 crashed in one of six boots with cmpxchg16b emulated. */
const WITHOUT_CX16 = 'max,-cx16'

/** Without it Linux 7.2 makes no arenas (ENOMEM): kmalloc_nolock() in mm/slub.c gives nothing where there is no cmpxchg16b. */
const WITH_CX16 = 'max'

/** Debian's kernels, from the oldest that still gets updates to the suite that is never released. */
export const guests: readonly Guest[] = [
  {
    name: '5.10',
    suite: 'bullseye',
    architecture: 'amd64',
    processor: WITHOUT_CX16,
    // Without, BPF is no security module there, and LSM programs cannot be attached.
    kernelArguments: ['lsm=lockdown,capability,bpf'],
  },
  { name: '6.1', suite: 'bookworm', architecture: 'amd64', processor: WITHOUT_CX16, kernelArguments: [] },
  { name: '6.12', suite: 'trixie', architecture: 'amd64', processor: WITHOUT_CX16, kernelArguments: [] },
  { name: '7.2', suite: 'sid', architecture: 'amd64', processor: WITH_CX16, kernelArguments: [] },
  {
    name: '6.1-arm64',
    suite: 'bookworm',
    architecture: 'arm64',
    processor: 'max,pauth-impdef=on',
    kernelArguments: [],
  },
]

/**
 * The guests of these names; all of them where none is given.
 *
 * @throws Error for a name that is none's.
 */
export function chooseGuests(names: readonly string[]): readonly Guest[] {
  const unknown = names.filter((name) => !guests.some((guest) => guest.name === name))
  if (unknown.length > 0) {
    const known = guests.map(({ name }) => name).join(', ')
    throw new Error(`there is no guest ${unknown.join(', ')}; there are ${known}`)
  }
  return guests.filter(({ name }) => names.length === 0 || names.includes(name))
}
