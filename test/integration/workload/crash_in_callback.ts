/**
 * Loads bootstrap with the library and crashes when it is told of a process called `crash_now`: argument `throw` throws
 * from the callback, `abort` ends the process on the spot. It cleans nothing up, and the kernel has to.
 */
import { join } from 'node:path'
import { loadObject, openObject } from '../../../src/index.ts'

const crash = process.argv[2] === 'abort' ? (): never => process.abort() : fail
function fail(): never {
  throw new Error('the callback crashes')
}

const spec = await openObject(join(import.meta.dirname, '../../../bpf/bootstrap.bpf.o'))
const object = loadObject(spec)
object.attach()
await object.openRingBuffer('rb').forEach((record) => {
  if (Buffer.from(record.bytes()).includes('crash_now')) crash()
})
