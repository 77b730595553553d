import { ET_DYN } from '../elf/constants.ts'
import { ExecutableError } from '../executable/executable_error.ts'
import { findUsdt, type UsdtPlace } from '../executable/find_usdt.ts'
import { readUsdtArguments, UsdtArgumentProblem } from '../executable/usdt_arguments.ts'
import { type UsdtSpec, usdtSpec } from '../executable/usdt_spec.ts'
import { type ExecutableFile, openExecutable, pathInProcess } from '../kernel/executable_file.ts'
import { readMappedFiles } from '../kernel/memory_map.ts'
import { hasBpfCookie } from '../kernel/probes/bpf_cookie.ts'
import type { UsdtTarget } from '../object/user_probe_target.ts'
import { AttachError } from './attach_error.ts'
import { type AttachContext, attaching } from './attaching.ts'
import type { Link } from './link.ts'
import { attachUprobesOneByOne, isLoadedForMany, linkUprobes, type UprobeOfSet } from './link_uprobes.ts'
import type { UsdtLoan, UsdtSpecs } from './usdt_specs.ts'
import { inProcess, requireProcessId } from './user_place.ts'
import { userProbeHints } from './user_probe_hints.ts'

/**
 * Attaches a program to a USDT probe, at all the places where the compiler put it. Where the arguments are at each of them is
 * written into a map for bpf_usdt_arg() of <bpf/usdt.bpf.h>, and the program learns by its cookie which entry is that of the
 * place that was hit; or, where the kernel has no cookies (before 5.15), by the place's address.
 *
 * @throws AttachError 'ATTACH_FAILED', with causes as `attachUprobe`; 'ATTACH_NO_USDT_MAPS' where the object was built without
 *   that header, 'ATTACH_USDT_FULL' where its map has no more room
 */
export function attachUsdt(context: AttachContext, target: UsdtTarget): Link {
  const { provider, name, path, pid } = target
  return attaching(
    context,
    `USDT probe ${provider}:${name} of ${inProcess(path, pid)}`,
    (keep) => {
      requireProcessId(pid)
      const specs = requireSpecs(context)
      const file = openExecutable(path)
      const places = findUsdt(file.image, target)
      const loan = keep(specs.lend())
      const ids = places.map((place) => idOf(context, specs, loan, { file, target, place }))
      const hasCookies = takesCookies(context)
      if (!hasCookies) addAddresses(context, loan, { file, target, places, ids })
      const probes = places.map(({ offset, semaphore }, index): UprobeOfSet => {
        const referenceCounter = semaphore === undefined ? 0 : file.start + semaphore
        return {
          offset: file.start + offset,
          referenceCounter,
          cookie: hasCookies ? BigInt(ids[index] ?? 0) : 0n,
        }
      })
      const attach = isLoadedForMany(context) ? linkUprobes : attachUprobesOneByOne
      return attach(context, { path: file.path, pid, at: 'entry', probes }, keep)
    },
    userProbeHints(pid),
  )
}

/** The program was told when it was loaded, by the same probe, as LINUX_HAS_BPF_COOKIE. A guess would make it read another spec. */
function takesCookies({ kernel }: AttachContext): boolean {
  const outcome = hasBpfCookie(kernel)
  if (outcome.kind === 'could not be asked') throw outcome.why
  return outcome.kind === 'there'
}

function requireSpecs({ program, usdt }: AttachContext): UsdtSpecs {
  const specs = usdt?.()
  if (specs !== undefined) return specs
  throw new AttachError(
    'ATTACH_NO_USDT_MAPS',
    `cannot attach program ${program.name} to a USDT probe: its object has no maps __bpf_usdt_specs and ` +
      '__bpf_usdt_ip_to_spec_id, which come with <bpf/usdt.bpf.h>; include that, and ask for the arguments by bpf_usdt_arg()',
    { program: program.name },
  )
}

interface Found {
  readonly file: ExecutableFile
  readonly target: UsdtTarget
}

function idOf(
  { program }: AttachContext,
  specs: UsdtSpecs,
  loan: UsdtLoan,
  { file, target, place }: Found & { readonly place: UsdtPlace },
): number {
  const id = loan.idOf(place.arguments, () => specFor({ file, target }, place))
  if (id !== undefined) return id
  throw new AttachError(
    'ATTACH_USDT_FULL',
    `cannot attach program ${program.name} to USDT probe ${target.provider}:${target.name}: the object's map ` +
      `__bpf_usdt_specs has room for ${specs.capacity} different ways to pass arguments, and all are taken; define ` +
      'BPF_USDT_MAX_SPEC_CNT before <bpf/usdt.bpf.h>, or close links',
    { program: program.name, map: '__bpf_usdt_specs' },
  )
}

function specFor({ file, target }: Found, place: UsdtPlace): UsdtSpec {
  const read = readUsdtArguments(place.arguments, file.image.machine)
  if (!(read instanceof UsdtArgumentProblem)) return usdtSpec(read, target.cookie ?? 0n)
  throw new ExecutableError(
    'EXECUTABLE_BAD_USDT',
    `USDT probe ${target.provider}:${target.name} cannot be followed by a BPF program: ${read.message}`,
    { object: file.image.name },
  )
}

/** Without cookies, a program knows nothing of its place but the address in the process that runs it. */
function addAddresses(
  context: AttachContext,
  loan: UsdtLoan,
  {
    file,
    target,
    places,
    ids,
  }: Found & {
    readonly places: readonly UsdtPlace[]
    readonly ids: readonly number[]
  },
): void {
  const addressOf =
    file.image.type === ET_DYN ? mappedAddresses(context, file, target) : ({ address }: UsdtPlace) => address
  places.forEach((place, index) => {
    loan.addAddress(addressOf(place), ids[index] ?? 0)
  })
}

/** A library is mapped somewhere else in each process. */
function mappedAddresses(
  { kernel, program }: AttachContext,
  file: ExecutableFile,
  { pid, provider, name }: UsdtTarget,
): (place: UsdtPlace) => bigint {
  const fail = (found: string): never => {
    throw new AttachError(
      'ATTACH_FAILED',
      `cannot attach program ${program.name} to USDT probe ${provider}:${name} of ${file.path}: this kernel gives programs no ` +
        `cookies (Linux 5.15), so that only the address tells where a probe was hit, and ${found}`,
      { program: program.name },
    )
  }
  if (pid === undefined) return fail('that differs from process to process; name one as pid')
  const own = pathInProcess(file.path, pid)
  const pieces = readMappedFiles(kernel, pid).filter((each) => each.path === own && each.isExecutable)
  return ({ offset }) => {
    const at = BigInt(file.start + offset)
    const piece = pieces.find(({ start, end, offset: from }) => from <= at && at < from + (end - start))
    return piece === undefined
      ? fail(`process ${pid} does not have ${own} mapped`)
      : piece.start - piece.offset + at
  }
}
