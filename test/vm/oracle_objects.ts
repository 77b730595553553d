import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { cacheFolder } from '../../scripts/debian-suite.ts'
import { clangTools } from '../../scripts/oracle-tools.ts'
import { build, type BuiltObject, readCorpus } from '../oracle/corpus.ts'
import { GUEST_ROOT } from './bundle.ts'

/** The compiler that the project's own objects are built with. */
const CLANG = 19

/**
 * Builds the oracle's corpus for the guests.
 *
 * @returns Where in the checkout of a guest each file goes, and where it is: the objects, and `oracle/objects.json`, a list of
 *   BuiltObject.
 */
export function oracleObjects(): ReadonlyMap<string, string> {
  const tools = clangTools(CLANG)
  const objects = readCorpus()
    .filter(({ oldestClang, resizes }) => oldestClang <= CLANG && resizes === undefined)
    .map((source): BuiltObject => {
      const object = build(source, tools.clang, tools)
      if ('error' in object) throw new Error(`cannot build ${source.name}: ${object.error}`)
      return object
    })
  const inGuest = objects.map((object) => ({ ...object, path: join(GUEST_ROOT, place(object.path)) }))
  const list = join(cacheFolder, 'objects', 'guests.json')
  mkdirSync(join(cacheFolder, 'objects'), { recursive: true })
  writeFileSync(list, JSON.stringify(inGuest))
  return new Map([['oracle/objects.json', list], ...objects.map(({ path }) => [place(path), path] as const)])
}

const place = (path: string): string => join('oracle', basename(path))
