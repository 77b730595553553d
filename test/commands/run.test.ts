import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { say } from './command_line.ts'

const PERF = 'test/fixtures/run/perf.bpf.o'
const SOURCE = 'test/fixtures/run/source/marks.bpf.c'

const folder = mkdtempSync(join(tmpdir(), 'rawbpf-run-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

function write(name: string, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

describe('rawbpf run', () => {
  it('has help without an object', async () => {
    const help = await say('run', '--help')
    expect(help).toMatchObject({ code: 0, stderr: '' })
    expect(help.stdout).toContain('Usage: rawbpf run <object> [options]')
    expect(help.stdout).toContain('--event <map=type>')
  })

  it('has the same help under the command for help', async () => {
    expect(await say('help', 'run')).toEqual(await say('run', '--help'))
  })

  it('has an option for each const volatile variable', async () => {
    const { code, stdout } = await say('run', PERF, '--help')
    expect(code).toBe(0)
    const [, variables] = stdout.split('Variables of the object:\n')
    expect(variables).toBe(`  --parent <i32>            int (default: 0)
  --reported <name>         enum kind (default: BOTH)
  --label <text>            char[8] (default: "none")
  --quiet [true|false]      _Bool (default: false)
  --limits <json>           struct limits (default: {"least":1,"codes":[2,3]})

Variables of the object with names that are no options of their own:
  --global count=<i32>  int (default: 7)
`)
  })

  it.each([
    ['no object', [], 'the object comes first'],
    ['an option before the object', ['--json', PERF], 'the object comes first'],
    ['an unknown option', [PERF, '--nope'], "unknown option '--nope'"],
    ['an argument too many', [PERF, 'more'], 'too many arguments'],
    [
      'a variable that is no number',
      [PERF, '--parent', 'x'],
      "Invalid value of variable parent: 'x'; expected an integer from -2147483648 to 2147483647",
    ],
    ['a number that is too large', [PERF, '--parent', '2147483648'], 'expected an integer from'],
    ['a number as text', [PERF, '--label', '12345678'], 'expected text of at most 7 bytes'],
    ['an unknown enumerator', [PERF, '--reported', 'ALL'], 'expected BOTH, LAUNCHES, ENDS, or a number'],
    ['a bool that is neither', [PERF, '--quiet', 'no'], 'expected true or false'],
    [
      'JSON of another struct',
      [PERF, '--limits', '{"most":1}'],
      'expected a JSON object with members among least, codes',
    ],
    [
      'numbers in JSON that do not fit',
      [PERF, '--limits', '{"codes":[1,4294967296]}'],
      'Invalid value of variable limits',
    ],
    [
      'a variable that there is not',
      [PERF, '--global', 'nope=1'],
      'has no global variable nope; it has parent, reported',
    ],
    ['a variable without a value', [PERF, '--global', 'count'], "'count' is not NAME=VALUE"],
    [
      'a type of no buffer',
      [PERF, '--event', 'rb=launch'],
      'has no ring buffer or perf buffer rb; it has launches and ends',
    ],
    ['a buffer without a type', [PERF, '--event', '=launch'], "'=launch' is not MAP=TYPE"],
    ['no count', [PERF, '--count', '0'], "Invalid value of --count: '0' is not a whole number from 1"],
    ['no duration', [PERF, '--duration', 'x'], "Invalid value of --duration: 'x' is not a number of seconds"],
    ['no interval', [PERF, '--maps', '0'], "Invalid value of --maps: '0' is not a number of seconds"],
  ])('answers %s with 64, and says where the usage is', async (_, args, message) => {
    const { code, stdout, stderr } = await say('run', ...args)
    expect(code, stderr).toBe(64)
    expect(stdout).toBe('')
    expect(stderr).toContain(message)
    expect(stderr).toMatch(/^Usage: rawbpf run |\nrawbpf run \S+ --help lists the options\n$/m)
  })

  it.each([
    [
      'an object that is not there',
      '/nonexistent/x.bpf.o',
      'cannot read the BPF object /nonexistent/x.bpf.o',
    ],
    ['a source that is not there', '/nonexistent/x.bpf.c', 'cannot compile /nonexistent/x.bpf.c'],
    [
      'a package that is not there',
      '/nonexistent/package.json',
      'cannot read the package /nonexistent/package.json',
    ],
    ['what is no object', 'README.md', 'README.md'],
    [
      'the package.json of Node.js',
      'package.json',
      'cannot read package.json as a package of eunomia-bpf: it has no text called bpf_object',
    ],
  ])('answers %s with 1', async (_, path, message) => {
    const { code, stdout, stderr } = await say('run', path)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(`rawbpf: ${message}`)
  })

  it('reads the package.json of eunomia-bpf', async () => {
    const object = readFileSync(PERF)
    const packed = {
      bpf_object: deflateSync(object).toString('base64'),
      bpf_object_size: object.length,
      meta: {},
    }
    const { code, stdout } = await say('run', write('package.json', JSON.stringify(packed)), '--help')
    expect(code).toBe(0)
    expect(stdout).toContain('--reported <name>')
  })

  it.each([
    ['says a smaller size', (size: number) => size - 1, 'does not decompress to the'],
    ['says a larger size', (size: number) => size + 1, 'and bpf_object_size says'],
  ])('refuses a package that %s', async (_, sizeOf, message) => {
    const object = readFileSync(PERF)
    const packed = {
      bpf_object: deflateSync(object).toString('base64'),
      bpf_object_size: sizeOf(object.length),
    }
    const { code, stderr } = await say('run', write('wrong.json', JSON.stringify(packed)))
    expect(code).toBe(1)
    expect(stderr).toContain(message)
  })

  it('refuses a package that is not compressed by zlib, or whose object is none', async () => {
    const raw = { bpf_object: Buffer.from('abcd').toString('base64'), bpf_object_size: 4 }
    expect((await say('run', write('raw.json', JSON.stringify(raw)))).stderr).toContain('does not decompress')
    const text = { bpf_object: deflateSync('abcd').toString('base64'), bpf_object_size: 4 }
    const { code, stderr } = await say('run', write('text.json', JSON.stringify(text)))
    expect(code).toBe(1)
    expect(stderr).toContain('text.json')
  })

  it('says what to install where there is no clang', async () => {
    vi.stubEnv('CLANG', '')
    vi.stubEnv('PATH', folder)
    const { code, stderr } = await say('run', SOURCE)
    vi.unstubAllEnvs()
    expect(code).toBe(1)
    expect(stderr).toContain(`cannot compile ${SOURCE}: there is no clang on the PATH; install clang`)
  })
})
