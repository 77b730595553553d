import { describe, expect, it } from 'vitest'
import { runJson, runText } from '../../src/commands/run_result.ts'

const ran = { retval: 4294967295, duration: 12, repeat: 1, dataOut: undefined, ctxOut: undefined }

describe('runText', () => {
  it('tells the return value and the duration, which is an average of several runs', () => {
    expect(runText(ran)).toBe('Return value: 4294967295, duration: 12ns\n')
    expect(runText({ ...ran, repeat: 2 })).toBe('Return value: 4294967295, duration (average): 12ns\n')
  })

  it('shows the packet, then the context', () => {
    const shown = { ...ran, dataOut: Uint8Array.of(0x61, 0x62), ctxOut: Uint8Array.of(1, 0) }
    expect(runText(shown).split('\n')).toEqual([
      expect.stringMatching(/^0000000\t6162 +\| ab$/),
      expect.stringMatching(/^0000000\t0100 +\| \.\.$/),
      'Return value: 4294967295, duration: 12ns',
      '',
    ])
  })
})

describe('runJson', () => {
  it('has numbers for bytes, and no key for what is not to be shown', () => {
    expect(runJson(ran)).toBe('{"retval":4294967295,"duration":12}\n')
    expect(runJson({ ...ran, dataOut: Uint8Array.of(1, 255), ctxOut: new Uint8Array(1) })).toBe(
      '{"data_out":[1,255],"ctx_out":[0],"retval":4294967295,"duration":12}\n',
    )
  })
})
