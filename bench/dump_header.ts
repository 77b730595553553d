/**
 * rawbpf's side of the benchmark of C headers, in one process: reads the types in a file and makes a header of them, so many
 * times, and prints the milliseconds of each as JSON.
 *
 *     dump_header FILE TIMES
 */
import { readFileSync } from 'node:fs'
import { dumpC } from '../src/btf/c_dump/dump_c.ts'
import { parseBtfFile } from '../src/object/btf_file.ts'

/** Bytes of the header. */
function dump(path: string): number {
  let length = 0
  for (const piece of dumpC(parseBtfFile(readFileSync(path), { name: path })))
    length += Buffer.from(piece).length
  return length
}

const [path, times] = process.argv.slice(2)
if (path === undefined) throw new Error('usage: dump_header FILE TIMES')
const ms = Array.from({ length: Number(times) }, () => {
  const start = performance.now()
  dump(path)
  return performance.now() - start
})
console.log(JSON.stringify({ ms }))
