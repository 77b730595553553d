import { expect } from 'vitest'
import type { TypeId } from '../../../src/base/units.ts'
import type { Btf } from '../../../src/btf/btf.ts'
import { dumpC } from '../../../src/btf/c_dump/dump_c.ts'
import { HEADER_END, HEADER_START } from '../../../src/btf/c_dump/vmlinux_header.ts'
import type { BtfBuilder } from '../../../src/btf/encoder.ts'
import { addBasics, type Basics, built } from '../build.ts'

const NO_FUNCTIONS = '\n/* BPF kfuncs */\n#ifndef BPF_NO_KFUNC_PROTOTYPES\n#endif\n\n'

/** The whole header. */
export function headerOf(btf: Btf, roots?: readonly TypeId[]): string {
  return [...dumpC(btf, { roots })].join('')
}

/** What the header says of the types that `add` adds to some integers, without what every header has. */
export function cOf(add: (builder: BtfBuilder, basics: Basics) => unknown): string {
  const { btf } = built((builder) => add(builder, addBasics(builder)))
  const header = headerOf(btf)
  expect(header.startsWith(HEADER_START)).toBe(true)
  expect(header.endsWith(NO_FUNCTIONS + HEADER_END)).toBe(true)
  return header.slice(HEADER_START.length, -(NO_FUNCTIONS + HEADER_END).length).trimEnd()
}

/** A definition as tests write it: without the lines around it, and the indentation of the first one. */
export function c(strings: TemplateStringsArray): string {
  const lines = (strings.raw[0] ?? '').split('\n')
  const body = lines.slice(1, -1)
  const margin = /^ */.exec(body[0] ?? '')?.[0] ?? ''
  return body
    .map((line) => line.slice(margin.length).replace(/^( {2})+/, (spaces) => '\t'.repeat(spaces.length / 2)))
    .join('\n')
}
