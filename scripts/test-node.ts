/**
 * Runs the tests on every Node.js that rawbpf supports, one after the other.
 *
 *     npm run test:node [-- MAJOR...]
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { nodeBinary } from './node-binary.ts'

const supported = ['20', '22', '24', '26']
const chosen = process.argv.slice(2)
const unknown = chosen.filter((major) => !supported.includes(major))
if (unknown.length > 0) {
  console.error(
    `usage: npm run test:node [-- MAJOR...]; MAJOR is one of ${supported.join(', ')}, not ${unknown.join(', ')}`,
  )
  process.exit(64)
}

const failed = (chosen.length > 0 ? chosen : supported).filter((major) => !testOn(nodeBinary(major)))
console.log(failed.length === 0 ? 'all versions pass' : `failed on Node.js ${failed.join(', ')}`)
process.exitCode = failed.length === 0 ? 0 : 1

function testOn(binary: string): boolean {
  const { stdout } = spawnSync(binary, ['--version'], { encoding: 'utf8' })
  console.log(`\n== Node.js ${stdout.trim()}`)
  // Tests start rawbpf as a process of its own, by the `node` that PATH finds first.
  const PATH = `${join(binary, '..')}:${process.env['PATH'] ?? ''}`
  const { status } = spawnSync(binary, ['node_modules/vitest/vitest.mjs', 'run'], {
    stdio: 'inherit',
    env: { ...process.env, PATH },
  })
  return status === 0
}
