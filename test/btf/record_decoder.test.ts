import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { compileRecord, interpretRecord } from '../../src/btf/record_decoder.ts'
import type { BtfDecoder } from '../../src/btf/value.ts'
import type { RecordShape } from '../../src/btf/value_shape.ts'
import { viewOf } from './build.ts'

const shape: RecordShape = {
  kind: 'record',
  of: 'struct',
  size: 8,
  fields: [
    { name: '__proto__', offset: 0, shape: { kind: 'scalar', size: 1, format: 'u8' } },
    { name: 'b', offset: 1, shape: { kind: 'scalar', size: 2, format: 'u16' } },
    { name: 'text', offset: 4, shape: { kind: 'text', size: 4 } },
  ],
}
const decoders: BtfDecoder[] = [
  (view, offset) => view.getUint8(offset),
  (view, offset) => view.getUint16(offset, true),
  () => 'hey',
]
const view = viewOf(1, 2, 0, 0, 0x68, 0x65, 0x79, 0)

it('generated code and the loop over fields give the same objects', () => {
  const generated = compileRecord(shape, decoders, true)(view, 0)
  const interpreted = interpretRecord(shape, decoders)(view, 0)
  expect(Object.entries(generated)).toEqual([
    ['__proto__', 1],
    ['b', 2],
    ['text', 'hey'],
  ])
  expect(Object.entries(interpreted)).toEqual(Object.entries(generated))
  expect(Object.getPrototypeOf(interpreted)).toBe(Object.prototype)
})

it('the loop is taken where code from strings is forbidden', () => {
  const original = globalThis.Function
  globalThis.Function = function forbidden() {
    throw new EvalError('Code generation from strings disallowed for this context')
  } as unknown as FunctionConstructor
  try {
    expect(Object.keys(compileRecord(shape, decoders, true)(view, 0))).toEqual(['__proto__', 'b', 'text'])
  } finally {
    globalThis.Function = original
  }
})

it('what Node.js throws for forbidden code is the EvalError that is caught', () => {
  const script = 'try { new Function("") } catch (error) { console.log(error instanceof EvalError) }'
  const run = spawnSync(process.execPath, ['--disallow-code-generation-from-strings', '-e', script])
  expect(run.stdout.toString()).toBe('true\n')
})
