import { ByteWriter } from '../base/byte_writer.ts'
import { Reader, type ReadProblem } from '../base/reader.ts'
import { AbiError } from './abi_error.ts'
import { nlmsgerr_attrs } from './generated/bpf.ts'
import {
  NLA_F_NESTED,
  NLA_F_NET_BYTEORDER,
  NLM_F_ACK_TLVS,
  NLMSG_DONE,
  NLMSG_ERROR,
} from './netlink_flags.ts'

/**
 * Netlink messages as bytes (netlink(7), include/uapi/linux/netlink.h): a header, the fixed header of the family, and
 * attributes, each with its length and type in front. Attributes hold bytes or further attributes; all of it starts at
 * multiples of four bytes, in the host's byte order.
 */

/** A message to the kernel, without what the socket adds. */
export interface NetlinkRequest {
  /** The kernel's name of the type, for people: `RTM_NEWTFILTER`. */
  readonly name: string
  readonly type: number
  /** NLM_F_* on top of NLM_F_REQUEST. */
  readonly flags: number
  /** The family's own header, e.g. `struct tcmsg`. */
  readonly header: Uint8Array
  readonly attributes: readonly NetlinkAttribute[]
}

/** An attribute to encode: bytes, or attributes in it. */
export interface NetlinkAttribute {
  readonly type: number
  readonly value: Uint8Array | readonly NetlinkAttribute[]
}

/** A message of the kernel's. */
export interface NetlinkMessage {
  readonly type: number
  readonly flags: number
  readonly sequence: number
  /** Everything behind the header. */
  readonly payload: Uint8Array
}

const MESSAGE_HEADER = 16
const ATTRIBUTE_HEADER = 4
/** An attribute's length has 16 bits, and its header counts. */
const MAX_VALUE = 0xffff - ATTRIBUTE_HEADER

/**
 * Encodes a request with its length in front.
 *
 * @throws AbiError 'ABI_VALUE_TOO_LONG' for an attribute that does not fit in its length of 16 bits
 */
export function encodeNetlinkMessage(request: NetlinkRequest, flags: number, sequence: number): Uint8Array {
  const body = new ByteWriter('little').raw(request.header).align(4)
  for (const attribute of request.attributes) writeAttribute(body, attribute)
  return new ByteWriter('little')
    .u32(MESSAGE_HEADER + body.length)
    .u16(request.type)
    .u16(flags)
    .u32(sequence)
    .u32(0)
    .raw(body.bytes())
    .bytes()
}

function writeAttribute(writer: ByteWriter, { type, value }: NetlinkAttribute): void {
  const isBytes = value instanceof Uint8Array
  const bytes = isBytes ? value : encodeAttributes(value)
  if (bytes.length > MAX_VALUE) {
    throw new AbiError(
      'ABI_VALUE_TOO_LONG',
      `netlink attribute ${type} has ${bytes.length} bytes, and at most ${MAX_VALUE} fit into one`,
    )
  }
  writer
    .u16(ATTRIBUTE_HEADER + bytes.length)
    .u16(isBytes ? type : type | NLA_F_NESTED)
    .raw(bytes)
    .align(4)
}

function encodeAttributes(attributes: readonly NetlinkAttribute[]): Uint8Array {
  const writer = new ByteWriter('little')
  for (const attribute of attributes) writeAttribute(writer, attribute)
  return writer.bytes()
}

/** A 32-bit number as the value of an attribute; negative ones, such as descriptor -1, as the kernel has them. */
export function netlinkU32(value: number): Uint8Array {
  return new ByteWriter('little').u32(value).bytes()
}

/**
 * The messages of one datagram.
 *
 * @throws AbiError 'ABI_BAD_MESSAGE' where a length does not fit
 */
export function decodeNetlinkMessages(datagram: Uint8Array): readonly NetlinkMessage[] {
  const reader = readerOf(datagram, 'netlink message')
  const messages: NetlinkMessage[] = []
  while (reader.remaining > 0) {
    const length = reader.u32()
    if (length < MESSAGE_HEADER) throw reader.failure(`${length} is no length of a message with its header`)
    const [type, flags, sequence] = [reader.u16(), reader.u16(), reader.u32()]
    reader.skip(4, 'the port')
    messages.push({
      type,
      flags,
      sequence,
      payload: reader.take(length - MESSAGE_HEADER, 'what a message says'),
    })
    skipPadding(reader)
  }
  return messages
}

/**
 * The attributes from `start` on, by type. Of a type that is there several times the last one counts, as in the kernel
 * (`nla_parse`). Attributes in an attribute are decoded by a call with its value.
 *
 * @throws AbiError 'ABI_BAD_MESSAGE' where a length does not fit
 */
export function decodeNetlinkAttributes(bytes: Uint8Array, start = 0): ReadonlyMap<number, Uint8Array> {
  const reader = readerOf(bytes, 'netlink attribute').seek(start)
  const attributes = new Map<number, Uint8Array>()
  while (reader.remaining > 0) {
    const length = reader.u16()
    if (length < ATTRIBUTE_HEADER)
      throw reader.failure(`${length} is no length of an attribute with its header`)
    const type = reader.u16() & ~(NLA_F_NESTED | NLA_F_NET_BYTEORDER)
    attributes.set(type, reader.take(length - ATTRIBUTE_HEADER, `the value of attribute ${type}`))
    skipPadding(reader)
  }
  return attributes
}

/** The last message or attribute may end without its padding. */
function skipPadding(reader: Reader): void {
  const padding = -reader.position & 3
  reader.skip(Math.min(padding, reader.remaining), 'padding')
}

/**
 * A number that an attribute holds; undefined where there is no such attribute.
 *
 * @throws AbiError 'ABI_BAD_MESSAGE' where it has fewer bytes than 32 bits take
 */
export function attributeU32(attributes: ReadonlyMap<number, Uint8Array>, type: number): number | undefined {
  const value = attributes.get(type)
  return value === undefined ? undefined : readerOf(value, `netlink attribute ${type}`).u32()
}

/** Text that an attribute holds, up to its NUL; undefined where there is no such attribute. */
export function attributeText(attributes: ReadonlyMap<number, Uint8Array>, type: number): string | undefined {
  const value = attributes.get(type)
  if (value === undefined) return undefined
  const end = value.indexOf(0)
  return new TextDecoder().decode(end === -1 ? value : value.subarray(0, end))
}

function readerOf(bytes: Uint8Array, what: string): Reader {
  const fail = ({ offset, message }: ReadProblem): AbiError =>
    new AbiError('ABI_BAD_MESSAGE', `${what} of the kernel: at byte ${offset}: ${message}`)
  return new Reader(bytes, { endianness: 'little', fail })
}

/** How the kernel answered a request. */
export interface NetlinkVerdict {
  /** A positive errno; 0 where the request was carried out. */
  readonly errno: number
  /** The kernel's own words, where it has some. */
  readonly explanation: string | undefined
}

/** Bytes. */
const ERRNO_SIZE = 4

/**
 * What a message says of the request that it answers; undefined where it is a part of the answer itself. Of the request only
 * the header is repeated, since the socket has NETLINK_CAP_ACK.
 *
 * @throws AbiError 'ABI_BAD_MESSAGE'
 */
export function decodeNetlinkVerdict({ type, flags, payload }: NetlinkMessage): NetlinkVerdict | undefined {
  if (type !== NLMSG_ERROR && type !== NLMSG_DONE) return undefined
  // A dump that nothing went wrong in may end without an errno.
  const errno = type === NLMSG_DONE && payload.length < ERRNO_SIZE ? 0 : readerOf(payload, 'answer').i32()
  if ((flags & NLM_F_ACK_TLVS) === 0) return { errno: Math.abs(errno), explanation: undefined }
  const start = type === NLMSG_ERROR ? ERRNO_SIZE + MESSAGE_HEADER : ERRNO_SIZE
  const attributes = decodeNetlinkAttributes(payload, start)
  return { errno: Math.abs(errno), explanation: attributeText(attributes, nlmsgerr_attrs.NLMSGERR_ATTR_MSG) }
}
