import { expect, test } from 'vitest'
import * as op from '../../src/insn/opcodes.ts'

test('An opcode is taken apart into what it was put together from', () => {
  const load = op.BPF_LDX | op.BPF_MEMSX | op.BPF_H
  expect([op.classOf(load), op.modeOf(load), op.sizeOf(load)]).toEqual([op.BPF_LDX, op.BPF_MEMSX, op.BPF_H])
  const jump = op.BPF_JMP32 | op.BPF_JSLE | op.BPF_X
  expect([op.classOf(jump), op.opOf(jump), op.sourceOf(jump)]).toEqual([op.BPF_JMP32, op.BPF_JSLE, op.BPF_X])
})
