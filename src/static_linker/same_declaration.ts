import { BpfError } from '../base/errors.ts'
import { describeType } from '../btf/describe_type.ts'
import { STT_OBJECT } from '../elf/constants.ts'
import type { Declaration } from './declarations.ts'
import type { Occurrence } from './global_symbols.ts'
import { LinkerError, type LinkerErrorCode } from './linker_error.ts'
import { differenceOfMaps } from './same_maps.ts'
import { describeDifference, differenceOfTypes } from './same_types.ts'

/** The DATASECs of externs that the kernel provides, not another object. */
const KERNEL_SECTIONS: readonly string[] = ['.ksyms', '.kconfig']

/** What is in these is no plain variable or function. */
const SPECIAL_SECTIONS: readonly string[] = [...KERNEL_SECTIONS, '.maps']

/**
 * Requires that two objects declare a global symbol alike. What one of them does not tell (it was built without -g) is not
 * compared.
 *
 * @throws LinkerError LINK_TYPE_MISMATCH, LINK_SIZE_MISMATCH, LINK_MAP_MISMATCH, LINK_SECTION_MISMATCH; ObjectError
 *   OBJECT_BAD_MAP for a map definition that cannot be read
 */
export function requireSameDeclaration(name: string, known: Occurrence, added: Occurrence): void {
  const fail = (code: LinkerErrorCode, found: string): LinkerError =>
    mismatch(code, name, known, added, found)
  if (known.declaration === undefined || added.declaration === undefined) {
    requireSameSize(known, added, fail)
    return
  }
  requireSamePlace(known, added, fail)
  const [one, other] = [known.declaration, added.declaration]
  if (isMap(one) || isMap(other)) {
    const difference = differenceOfMaps(name, one, other)
    if (difference === undefined) return
    const { what, one: first, other: second } = difference
    throw fail('LINK_MAP_MISMATCH', `has ${what} ${second}, and in ${known.input.name} ${first}`)
  }
  const types = `is ${declarationText(other)}, and in ${known.input.name} ${declarationText(one)}`
  if (one.kind !== other.kind) throw fail('LINK_TYPE_MISMATCH', types)
  const difference = differenceOfTypes(typeOf(one), typeOf(other))
  if (difference === undefined) return
  throw fail('LINK_TYPE_MISMATCH', `${types} (${describeDifference(difference)})`)
}

type Fail = (code: LinkerErrorCode, found: string) => LinkerError

const isMap = ({ kind, section }: Declaration): boolean => kind === 'var' && section === '.maps'

const typeOf = ({ types: { btf }, target: id }: Declaration): Parameters<typeof differenceOfTypes>[0] => ({
  btf,
  id,
})

function requireSameSize(known: Occurrence, added: Occurrence, fail: Fail): void {
  const sizes = [known, added]
    .filter(({ placement, symbol }) => placement !== undefined && symbol.type === STT_OBJECT)
    .map(({ symbol }) => symbol.size)
  const [one = 0, other = one] = sizes
  if (one === other) return
  throw fail('LINK_SIZE_MISMATCH', `has ${other} bytes, and in ${known.input.name} ${one}`)
}

/** An extern that is asked of the kernel cannot be defined by an object, nor be asked of two places. */
function requireSamePlace(known: Occurrence, added: Occurrence, fail: Fail): void {
  const [one, other] = [placeOf(known), placeOf(added)]
  if (one === undefined || other === undefined || one === other) return
  // A weak variable may be initialised to zero in one object, and to something else in another.
  if (!SPECIAL_SECTIONS.includes(one) && !SPECIAL_SECTIONS.includes(other)) return
  const text = (place: string): string =>
    KERNEL_SECTIONS.includes(place) ? `what the kernel provides (${place})` : `in section ${place}`
  throw fail('LINK_SECTION_MISMATCH', `is ${text(other)}, and in ${known.input.name} ${text(one)}`)
}

const placeOf = ({ placement, declaration }: Occurrence): string | undefined =>
  placement?.section.name ?? declaration?.section

/** `extern` or not is told by the symbols, so that it is the type alone that is shown. */
function declarationText({ types: { btf }, id }: Declaration): string {
  try {
    return `'${describeType(btf, id)}'`
  } catch (error) {
    if (error instanceof BpfError) return `of type ${id}`
    throw error
  }
}

function mismatch(
  code: LinkerErrorCode,
  symbol: string,
  known: Occurrence,
  added: Occurrence,
  found: string,
): LinkerError {
  const object = added.input.name
  const otherObject = known.input.name
  const message = `${object}: cannot link it with ${otherObject}: ${symbol} ${found}; declare it in a header that both include`
  return new LinkerError(code, message, { object, otherObject, symbol })
}
