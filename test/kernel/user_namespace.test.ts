import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { isInInitialUserNamespace } from '../../src/kernel/user_namespace.ts'
import { kernelTest } from './require.ts'

const namespaceTest = kernelTest('user namespaces', () => {
  execFileSync('unshare', ['--user', 'true'], { stdio: 'pipe' })
  return undefined
})

describe('isInInitialUserNamespace', () => {
  it('knows nothing without /proc', () => {
    expect(isInInitialUserNamespace('/proc/none/ns/user')).toBeUndefined()
  })

  it('takes another inode for another namespace', () => {
    expect(isInInitialUserNamespace('/proc/self/ns/mnt')).toBe(false)
  })

  namespaceTest('tells a namespace of its own', () => {
    const script =
      "import('./src/kernel/user_namespace.ts').then((m) => console.log(m.isInInitialUserNamespace()))"
    const node = [process.execPath, '--import', 'tsx', '--input-type=module', '-e', script]
    const env = { ...process.env, TSX_DISABLE_CACHE: '1' }
    const run = (command: readonly string[]): string => {
      const [file = '', ...args] = command
      return execFileSync(file, args, { env }).toString().trim()
    }
    expect(run(['unshare', '--user', '--map-root-user', ...node])).toBe('false')
    expect(run(node)).toBe(String(isInInitialUserNamespace()))
  })
})
