/**
 * rawbpf's side of the map benchmark: what bench/maps.c does, through the built library.
 *
 *     node map_entries.js LIBRARY ENTRIES BATCH ROUNDS
 */
import { pathToFileURL } from 'node:url'
import type * as rawbpf from '../src/index.ts'

type Library = Pick<typeof rawbpf, 'createMap'>

/** Both sides' names of what they do, the same as in bench/maps.c. */
export type MapTimes = Readonly<Record<string, readonly number[]>>

const [path = '', ...numbers] = process.argv.slice(2)
const [entries = 0, batchSize = 0, rounds = 0] = numbers.map(Number)

const { createMap } = (await import(pathToFileURL(path).href)) as Library
using map = createMap({ type: 'hash', name: 'bench', keySize: 4, valueSize: 8, maxEntries: entries })
const { map: bytes } = map
const batch = bytes.batch(batchSize)

const key = new Uint8Array(4)
const keyWord = new Uint32Array(key.buffer)
const value = new Uint8Array(8)
const valueWords = new Uint32Array(value.buffer)
const batchKeys = new Uint32Array(batch.keys.buffer)
const batchValues = new Uint32Array(batch.values.buffer)
/** What was read, so that the engine cannot leave the reading out. */
let sum = 0

function update(): void {
  for (let each = 0; each < entries; each++) {
    keyWord[0] = each
    valueWords[0] = each
    bytes.update(key, value)
  }
}

function lookup(): void {
  for (let each = 0; each < entries; each++) {
    keyWord[0] = each
    if (!bytes.lookupInto(key, value)) throw new Error(`there is no entry ${each}`)
    sum = (sum + valueWords[0]!) | 0
  }
}

function lookupCopies(): void {
  for (let each = 0; each < entries; each++) {
    keyWord[0] = each
    sum = (sum + bytes.lookup(key)![0]!) | 0
  }
}

function updateBatches(): void {
  for (let first = 0; first < entries; first += batchSize) {
    for (let index = 0; index < batchSize; index++) {
      batchKeys[index] = first + index
      batchValues[2 * index] = first + index
    }
    batch.update(batchSize)
  }
}

function lookupBatches(): void {
  batch.rewind()
  let seen = 0
  for (let count = batch.next(); count > 0; count = batch.next()) {
    seen += count
    sum = (sum + batchValues[0]!) | 0
  }
  if (seen !== entries) throw new Error(`${seen} of ${entries} entries were read`)
}

function lookupEntries(): void {
  let seen = 0
  for (const [, found] of map.entries()) seen += found.length
  if (seen !== entries * 8) throw new Error(`${seen / 8} of ${entries} entries were read`)
}

/** One round more than asked for: in the first one the engine compiles what is hot. */
function measure(run: () => void): number[] {
  const nanoseconds: number[] = []
  for (let round = -1; round < rounds; round++) {
    const begin = process.hrtime.bigint()
    run()
    if (round >= 0) nanoseconds.push(Number(process.hrtime.bigint() - begin) / entries)
  }
  return nanoseconds
}

const times: MapTimes = {
  update: measure(update),
  lookup: measure(lookup),
  'lookup, a copy': measure(lookupCopies),
  'update in batches': measure(updateBatches),
  'lookup in batches': measure(lookupBatches),
  'lookup in batches, copies': measure(lookupEntries),
}
if (sum === 0) throw new Error('nothing was read')
console.log(JSON.stringify(times))
