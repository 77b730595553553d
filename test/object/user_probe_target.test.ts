import { expectTypeOf, test } from 'vitest'
import type { UprobeMultiTarget, UsdtTarget } from '../../src/object/user_probe_target.ts'

test('Many places are listed or matched, not both and not neither', () => {
  const listed = { kind: 'uprobe.multi', path: 'x', places: [{ function: 'f', cookie: 1n }] } as const
  const matched = { kind: 'uprobe.multi', path: 'x', pattern: 'f*' } as const
  expectTypeOf(listed).toExtend<UprobeMultiTarget>()
  expectTypeOf(matched).toExtend<UprobeMultiTarget>()
  expectTypeOf<typeof listed & typeof matched>().not.toExtend<UprobeMultiTarget>()
  expectTypeOf<{ kind: 'uprobe.multi'; path: string }>().not.toExtend<UprobeMultiTarget>()
})

test('A USDT probe has a provider and a name', () => {
  expectTypeOf<{ kind: 'usdt'; path: string; name: string }>().not.toExtend<UsdtTarget>()
})
