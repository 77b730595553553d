import { describe, expect, it } from 'vitest'
import { Link } from '../../src/links/link.ts'
import { ObjectLinks } from '../../src/loader/object_links.ts'
import { bpfErrorOf } from '../base/expect_error.ts'

function link(program: string): Link {
  let closed = false
  const close = (): void => {
    closed = true
  }
  return new Link(program, 'place x', [
    {
      get closed() {
        return closed
      },
      close,
      closeAsync: () => Promise.resolve().then(close),
    },
  ])
}

describe('ObjectLinks', () => {
  it('has the links that were made, without those that were closed', () => {
    const links = new ObjectLinks('a.bpf.o')
    const [first, second] = ['first', 'second'].map((name) => links.make('attach', () => link(name)))
    expect(links.attached).toEqual([first, second])
    first?.close()
    expect(links.attached).toEqual([second])
  })

  it('does not grow where one link is made and closed after the other', () => {
    const links = new ObjectLinks('a.bpf.o')
    for (let round = 0; round < 100; round++) links.make('attach', () => link('main')).close()
    expect(links.all).toHaveLength(1)
  })

  it('makes none any more at the end', () => {
    const links = new ObjectLinks('a.bpf.o')
    links.end()
    const error = bpfErrorOf('OBJECT_CLOSED', () => links.make('attach program main', () => link('main')))
    expect(error.message).toBe('a.bpf.o: cannot attach program main: the object was closed')
    expect(links.all).toEqual([])
  })
})
