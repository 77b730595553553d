/**
 * Walks docs/write-a-tool.md in a folder of its own, and writes into the page what its commands print. Takes root, clang and the
 * headers of libbpf. test/docs/write_a_tool.test.ts walks it, too, and compares.
 *
 *     npm run build:walk
 *
 * Outputs that are the same but for their numbers are kept as they are.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { type Block, printPage, shapeOf } from './tour-page.ts'
import { type Shown, walk, walkPage } from './walk.ts'
import { WalkProject } from './walk-project.ts'

function recorded({ block, now }: Shown): Block {
  return { ...block, shown: shapeOf(block.shown) === shapeOf(now) ? block.shown : now }
}

const page = readFileSync(walkPage, 'utf8')
using project = new WalkProject()
const shown = await walk(project, page)
writeFileSync(walkPage, printPage(page, shown.map(recorded)))
