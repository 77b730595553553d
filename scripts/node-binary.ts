import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

/** As Node.js calls architectures. */
export type NodeArchitecture = 'x64' | 'arm64'

/**
 * The path of the newest Node.js of a major version, downloaded unless it is there. The binaries come from npm: the package
 * `node` is a set of packages, one per platform, of which the matching one is installed into .cache/.
 *
 * @param major e.g. `20`.
 * @param architecture Default: this machine's.
 */
export function nodeBinary(major: string, architecture: string = process.arch): string {
  const name = `node-linux-${architecture}`
  const folder = architecture === process.arch ? `node-${major}` : `node-${major}-${architecture}`
  return join(npmPackage(folder, name, major, architecture), 'bin', 'node')
}

/**
 * The folder of an npm package that is installed into .cache/, unless it is there; for another architecture too.
 *
 * @param folder Its folder in .cache/, by which one architecture's packages are kept apart from another's.
 */
export function npmPackage(folder: string, name: string, version: string, architecture: string): string {
  const prefix = join(import.meta.dirname, '..', '.cache', folder)
  const installed = join(prefix, 'node_modules', name)
  if (existsSync(installed)) return installed
  mkdirSync(prefix, { recursive: true })
  const options = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts']
  // npm refuses what this machine cannot run.
  if (architecture !== process.arch) options.push('--force')
  const { status } = spawnSync('npm', ['install', '--prefix', prefix, ...options, `${name}@${version}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (status !== 0 || !existsSync(installed)) throw new Error(`npm did not install ${name}@${version}`)
  return installed
}
