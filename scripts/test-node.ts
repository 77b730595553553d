/**
 * Runs the tests on every Node.js that rawbpf supports, one after the other. The binaries come from npm: the package
 * `node` is a set of packages, one per platform, of which the matching one is installed into .cache/.
 *
 *     npm run test:node [-- MAJOR...]
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

const supported = ['20', '22', '24', '26']
const chosen = process.argv.slice(2)
const unknown = chosen.filter((major) => !supported.includes(major))
if (unknown.length > 0) {
  console.error(
    `usage: npm run test:node [-- MAJOR...]; MAJOR is one of ${supported.join(', ')}, not ${unknown.join(', ')}`,
  )
  process.exit(64)
}

const failed = (chosen.length > 0 ? chosen : supported).filter((major) => !testOn(install(major)))
console.log(failed.length === 0 ? 'all versions pass' : `failed on Node.js ${failed.join(', ')}`)
process.exitCode = failed.length === 0 ? 0 : 1

/** The path of the newest Node.js of a major version, downloaded unless it is there. */
function install(major: string): string {
  const name = `node-${process.platform}-${process.arch}`
  const folder = join('.cache', `node-${major}`)
  const binary = join(folder, 'node_modules', name, 'bin', 'node')
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true })
    const arguments_ = [
      'install',
      '--prefix',
      folder,
      '--no-save',
      '--no-audit',
      '--no-fund',
      `${name}@${major}`,
    ]
    const { status } = spawnSync('npm', arguments_, { stdio: 'inherit' })
    if (status !== 0 || !existsSync(binary)) throw new Error(`npm installed no ${binary}`)
  }
  return binary
}

function testOn(binary: string): boolean {
  const { stdout } = spawnSync(binary, ['--version'], { encoding: 'utf8' })
  console.log(`\n== Node.js ${stdout.trim()}`)
  // Tests start rawbpf as a process of its own, by the `node` that PATH finds first.
  const PATH = `${join(process.cwd(), binary, '..')}:${process.env['PATH'] ?? ''}`
  const { status } = spawnSync(binary, ['node_modules/vitest/vitest.mjs', 'run'], {
    stdio: 'inherit',
    env: { ...process.env, PATH },
  })
  return status === 0
}
