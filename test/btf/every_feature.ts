import { type TypeId, VOID } from '../../src/base/units.ts'
import type { BtfBuilder } from '../../src/btf/encoder.ts'

/** A layout entry for each kind that Linux 7.1 has: void, int, ptr, array, ... enum64. */
export const KIND_LAYOUTS =
  '0,0 4,0 0,0 12,0 0,12 0,12 0,8 0,0 0,0 0,0 0,0 0,0 0,0 0,8 4,0 0,12 0,0 4,0 0,0 0,12'
    .split(' ')
    .map((pair) => pair.split(',').map(Number))
    .map(([infoSize = 0, elementSize = 0]) => ({ infoSize, elementSize }))

type EveryFeature =
  | 'int'
  | 'float'
  | 'record'
  | 'declTag'
  | 'tagged'
  | 'enum64'
  | 'signed'
  | 'proto'
  | 'callback'
  | 'global'
  | 'funcTag'
  | 'local'
  | 'small'
  | 'split'
  | 'datasec'
  | 'optional'

/** BTF of an object that uses everything an older kernel may refuse, as clang and the loader make it. */
export function addEveryFeature(b: BtfBuilder): Readonly<Record<EveryFeature, TypeId>> {
  const int = b.addInt('int', 4, { encoding: 'signed' })
  const float = b.addFloat('double', 8)
  const record = b.addStruct('record', 16, [
    { name: 'ratio', type: float, bitOffset: 0 },
    { name: 'count', type: int, bitOffset: 64 },
  ])
  const declTag = b.addDeclTag('a tag', record, 1)
  const tagged = b.addPtr(b.addTypeTag('kptr', record))
  const wide = { size: 8, signed: false, enumerators: [{ name: 'WIDE', value: 0x1234567890n }] }
  const enum64 = b.addEnum64('wide', wide)
  const signed = b.addEnum('signed', { size: 4, signed: true, enumerators: [{ name: 'MINUS', value: -1n }] })
  const proto = b.addFuncProto(int, [
    { name: 'ctx', type: tagged },
    { name: 'w', type: enum64 },
  ])
  const callback = b.addPtr(b.addFuncProto(VOID, [{ name: '', type: signed }]))
  const global = b.addFunc('program', proto, 'global')
  const funcTag = b.addDeclTag('arg:ctx', global, 0)
  const local = b.addFunc('helper', proto, 'static')
  const small = b.addVar('small', b.addInt('bool', 1, { encoding: 'bool' }), 'global')
  const split = b.addVar('state.0', int, 'static')
  const function_ = b.addVar('callback', callback, 'global')
  const datasec = b.addDatasec('.data.some-name', 16, [
    { type: small, offset: 0, size: 1 },
    { type: split, offset: 4, size: 4 },
    { type: function_, offset: 8, size: 8 },
  ])
  const optional = b.addDatasec('?.struct_ops.link', 8, [{ type: small, offset: 0, size: 1 }])
  return {
    int,
    float,
    record,
    declTag,
    tagged,
    enum64,
    signed,
    proto,
    callback,
    global,
    funcTag,
    local,
    small,
    split,
    datasec,
    optional,
  }
}
