/**
 * Loads bootstrap in a worker, which attaches it and reads its records, and terminates the worker meanwhile. Says `attached` and
 * `terminated`, and stays until it is ended.
 */
import { once } from 'node:events'
import { join } from 'node:path'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'

/** A worker that runs this file. tsx compiles in the main thread alone unless it is told to (in guests there is nothing to compile). */
function startWorker(): Worker {
  const { url } = import.meta
  if (!url.endsWith('.ts')) return new Worker(new URL(url))
  const api = import.meta.resolve('tsx/esm/api')
  const code = `import('${api}').then(({ register }) => { register(); return import('${url}') })`
  return new Worker(code, { eval: true })
}

async function terminateWorker(): Promise<void> {
  const worker = startWorker()
  await once(worker, 'message')
  console.log('attached')
  await worker.terminate()
  setInterval(() => undefined, 1000)
  // libuv closes handles in a later turn.
  setTimeout(() => {
    console.log('terminated')
  }, 100)
}

async function attachAndRead(): Promise<void> {
  const { loadObject, openObject } = await import('../../../src/index.ts')
  const object = loadObject(await openObject(join(import.meta.dirname, '../../../bpf/bootstrap.bpf.o')))
  object.attach()
  const reading = object.openRingBuffer('rb').forEach(() => undefined)
  setTimeout(() => parentPort?.postMessage('attached'), 100)
  await reading
}

await (isMainThread ? terminateWorker() : attachAndRead())
