import { describe, expect, it } from 'vitest'
import { parseFieldAccess } from '../../src/core/access.ts'
import { parseEnumerator } from '../../src/core/enumerator.ts'
import { type CoreResolution, describeLocal, describeTarget } from '../../src/core/resolution.ts'
import { enum32, int, shaped, struct, typedef } from './shapes.ts'

const task = shaped(struct('task', { pid: int }))
const state = shaped(enum32('state', 'LOST', 'FOUND'))
const alias = shaped(typedef(enum32('state', 'LOST'), 'state_t'))

const answer = { candidates: [], result: { kind: 'poison' } } as const
const access = parseFieldAccess(task.btf, task.id, '0:0')
const field: CoreResolution = {
  family: 'field',
  kind: 'field_byte_offset',
  local: access,
  target: access,
  ...answer,
}
const type: CoreResolution = { family: 'type', kind: 'type_exists', local: task, target: task, ...answer }
const found = parseEnumerator(state.btf, state.id, '1')
const enumerator: CoreResolution = {
  family: 'enumerator',
  kind: 'enumval_value',
  local: found,
  target: found,
  ...answer,
}

describe('describeLocal', () => {
  it.each([
    [field, 'struct task.pid'],
    [type, 'type struct task'],
    [{ ...type, local: alias }, 'type state_t'],
    [enumerator, 'enumerator FOUND of enum state'],
    [{ ...enumerator, local: parseEnumerator(alias.btf, alias.id, '0') }, 'enumerator LOST of state_t'],
  ] as const)('writes what the program means as C would', (resolution, description) => {
    expect(describeLocal(resolution)).toBe(description)
  })
})

describe('describeTarget', () => {
  it('tells where the target has it', () => {
    expect(describeTarget(field)).toBe(`type ${task.id}, bit 0`)
    expect(describeTarget(type)).toBe(`type ${task.id}`)
    expect(describeTarget(enumerator)).toBe(`type ${state.id}, FOUND`)
  })

  it('has nothing to tell where the target lacks it', () => {
    for (const resolution of [field, type, enumerator]) {
      expect(describeTarget({ ...resolution, target: undefined })).toBeUndefined()
    }
  })
})
