/**
 * What test files import as `vitest` inside a guest: the parts of vitest that work without vite. Vitest itself does not start
 * under an emulated processor in any reasonable time, since it compiles every file anew there.
 */
import {
  addCustomEqualityTesters,
  ASYMMETRIC_MATCHERS_OBJECT,
  chai,
  customMatchers,
  type ExpectStatic,
  GLOBAL_EXPECT,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  getState,
  setState,
} from '@vitest/expect'
import { getCurrentTest } from '@vitest/runner'
import { readFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'

export {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  it,
  onTestFailed,
  onTestFinished,
  test,
} from '@vitest/runner'

chai.use(JestExtend)
chai.use(JestChaiExpect)
chai.use(JestAsymmetricMatchers)
chai.use(({ Assertion, AssertionError }, utils) => {
  Assertion.addMethod('toMatchFileSnapshot', function (this: object, file: string) {
    const directory = join(getCurrentTest()?.file.filepath ?? '', '..')
    const path = isAbsolute(file) ? file : join(directory.replace('/bundle/', '/'), file)
    const actual: unknown = utils.flag(this, 'object')
    if (actual !== readFileSync(path, 'utf8'))
      throw new AssertionError(`it is not what ${file} has`, { actual })
  })
})

const makeAssertion = (value: unknown, message?: string): unknown => chai.expect(value, message)

export const expect = Object.assign(
  makeAssertion,
  chai.expect,
  (globalThis as Record<symbol, unknown>)[ASYMMETRIC_MATCHERS_OBJECT],
) as unknown as ExpectStatic

expect.getState = () => getState(expect)
expect.setState = (state) => {
  setState(state, expect)
}
expect.addEqualityTesters = addCustomEqualityTesters
Object.defineProperty(globalThis, GLOBAL_EXPECT, { value: expect, writable: true, configurable: true })
setState({ assertionCalls: 0 }, expect)
const { extend } = chai.expect as unknown as { extend: (on: ExpectStatic, matchers: object) => void }
expect.extend = (matchers) => {
  extend.call(chai.expect, expect, matchers)
}
expect.extend(customMatchers as never)

/** Nothing is mocked in a guest: whoever tries is told. */
export const vi: object = new Proxy(
  {},
  {
    get(_, name) {
      throw new Error(`vi.${String(name)} is not there in a guest of npm run test:vm`)
    },
  },
)
