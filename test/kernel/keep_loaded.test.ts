import { describe, expect, it } from 'vitest'
import { keepAddonLoaded } from '../../src/kernel/keep_loaded.ts'

function opened(maps: string): readonly (readonly [string, number])[] {
  const calls: (readonly [string, number])[] = []
  keepAddonLoaded((path, flags) => calls.push([path, flags]), maps)
  return calls
}

describe('keepAddonLoaded', () => {
  it('opens the file of the addon once, never to be unloaded', () => {
    const maps = [
      '55d0c0a00000-55d0c0b00000 r--p 00000000 fe:00 1 /usr/bin/node',
      '7f10a4000000-7f10a4021000 r--p 00000000 fe:00 2 /srv/app/node_modules/@koromix/koffi-linux-x64/koffi.node',
      '7f10a4021000-7f10a4100000 r-xp 00021000 fe:00 2 /srv/app/node_modules/@koromix/koffi-linux-x64/koffi.node',
      '7ffd00000000-7ffd00021000 rw-p 00000000 00:00 0 [stack]',
      '',
    ].join('\n')
    expect(opened(maps)).toEqual([['/srv/app/node_modules/@koromix/koffi-linux-x64/koffi.node', 0x1001]])
  })

  it('opens nothing where the addon is not there', () => {
    expect(opened('55d0c0a00000-55d0c0b00000 r-xp 00000000 fe:00 1 /usr/bin/node\n')).toEqual([])
  })
})
