/**
 * rawbpf's side of "open to attached inside the process": opens the object given as the second argument, loads and
 * attaches it with the library given as the first (dist/index.js), once, in a process that did nothing before. Prints
 * { open_to_attached_ns, peak_rss_kb } as JSON. Loading the library, koffi
 * among it, is not in the time, as libbpf's is not: it is there before main().
 */
import { pathToFileURL } from 'node:url'

/** What this script uses of the library. */
interface Library {
  readonly openKernel: () => unknown
  readonly openObject: (path: string) => Promise<unknown>
  readonly loadObject: (spec: unknown) => { attach(): void } & Disposable
}

const [libraryPath, objectPath] = process.argv.slice(2)
if (libraryPath === undefined || objectPath === undefined)
  throw new Error('usage: open_to_attached LIBRARY OBJECT')
const { openKernel, openObject, loadObject } = (await import(pathToFileURL(libraryPath).href)) as Library

openKernel()
const start = process.hrtime.bigint()
const object = loadObject(await openObject(objectPath))
object.attach()
const elapsed = process.hrtime.bigint() - start

console.log(
  JSON.stringify({ open_to_attached_ns: Number(elapsed), peak_rss_kb: process.resourceUsage().maxRSS }),
)
object[Symbol.dispose]()
