/**
 * A BPF value as JavaScript has it: what the decoder of a type gives.
 *
 * | BTF | JavaScript |
 * |---|---|
 * | int of up to 32 bits, bitfield of an int of up to 32 bits | number |
 * | int of 64 or 128 bits, bitfield of a 64-bit int | bigint |
 * | bool | boolean |
 * | float, double | number |
 * | enum | the enumerator's name; a value that none has: number, for a 64-bit enum bigint |
 * | pointer | bigint |
 * | array of char | string, cut at the first NUL; bytes that are not UTF-8 become U+FFFD |
 * | other array | array |
 * | struct, union | object with one property per member, those of anonymous members among them |
 */
export type BtfValue = bigint | number | boolean | string | readonly BtfValue[] | BtfRecord

/** A struct or union as a plain object. */
export interface BtfRecord {
  readonly [member: string]: BtfValue
}

/** Decodes the value that starts `offset` bytes into `view`. */
export type BtfDecoder = (view: DataView, offset: number) => BtfValue
