import { describe, expect, it } from 'vitest'
import { parseElfImage } from '../../src/elf/image.ts'
import { usdtNotes } from '../../src/executable/usdt_notes.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { writeElf } from '../elf/elf_writer.ts'
import { fixtureImage } from './fixture.ts'
import { usdtImage } from './usdt_file.ts'

describe('usdtNotes', () => {
  it.each([
    ['probes.x64', ['-4@%edi -8@(%rsi) -4@$7', '-4@$1234567 -8@(%rsi) -1@$-3', '', '-8@%rdi']],
    ['probes.arm64', ['-4@x0 -8@[x1] -4@7', '-4@1234567 -8@[x1] -1@-3', '', '-8@x2']],
  ])('reads what <sys/sdt.h> wrote into %s', (file, places) => {
    const notes = usdtNotes(fixtureImage(file))
    expect(notes.map(({ provider, name }) => `${provider}:${name}`)).toEqual([
      'fixture:call',
      'fixture:call',
      'fixture:plain',
      'fixture:guarded',
    ])
    expect(notes.map((note) => note.arguments)).toEqual(places)
    expect(notes.map(({ semaphore }) => semaphore !== 0n)).toEqual([false, false, false, true])
  })

  it('has none where the file has none', () => {
    expect(usdtNotes(parseElfImage(writeElf(), 'app'))).toEqual([])
  })

  it('takes a colon for no arguments', () => {
    expect(usdtNotes(usdtImage([{ arguments: ':' }]))[0]?.arguments).toBe('')
  })

  it('passes over notes of others', () => {
    expect(usdtNotes(usdtImage([{ owner: 'GNU' }, { type: 4 }, { name: 'mine' }]))).toMatchObject([
      { name: 'mine' },
    ])
  })

  it('says that a probe has no name', () => {
    expect(bpfErrorOf('EXECUTABLE_BAD_USDT', () => usdtNotes(usdtImage([{ name: '' }])))).toMatchObject({
      section: '.note.stapsdt',
      message: expect.stringContaining("the probe's name is empty") as string,
    })
  })

  it.each([
    ['addresses', new Uint8Array(23)],
    ["the provider's name", Buffer.concat([new Uint8Array(24), Buffer.from('app')])],
    ["the probe's name", Buffer.concat([new Uint8Array(24), Buffer.from('app\0hit')])],
    ['the arguments', Buffer.concat([new Uint8Array(24), Buffer.from('app\0hit\0-4@%edi')])],
    ['any arguments', Buffer.concat([new Uint8Array(24), Buffer.from('app\0hit\0')])],
  ])('refuses a note without %s', (_, description) => {
    expect(() => usdtNotes(usdtImage([{ description }]))).toThrow(
      expect.objectContaining({ code: 'EXECUTABLE_BAD_USDT' }),
    )
  })
})
