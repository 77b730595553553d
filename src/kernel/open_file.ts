import { fstatSync } from 'node:fs'

/**
 * What a descriptor is open on, as text that no other open socket, file or device of the system has at the same time;
 * undefined where it is not open. Descriptors are numbers that are used again: comparing this tells whether one still means
 * what it meant.
 */
export function openFileIdentity(fd: number): string | undefined {
  try {
    const { dev, ino } = fstatSync(fd, { bigint: true })
    return `${dev}:${ino}`
  } catch {
    return undefined
  }
}
