import { readdirSync } from 'node:fs'
import type { OptionValue } from './tool.ts'

/** Where sysfs has a directory for each disk (Documentation/ABI/stable/sysfs-block, Linux 6.18), and none for a partition. */
const DISKS = '/sys/block'

/** A disk that is there, by its name: `vda`. */
export const disk: OptionValue = {
  // A slash in a name is an exclamation mark there: cciss/c0d0.
  read: (name) => (disks().includes(name.replaceAll('/', '!')) ? name : undefined),
  expected: `a disk that ${DISKS} lists`,
}

function disks(): readonly string[] {
  try {
    return readdirSync(DISKS)
  } catch {
    return []
  }
}
