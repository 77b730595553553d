import type { Tool } from '../tool/index.ts'
import { execsnoop } from './execsnoop.ts'
import { exitsnoop } from './exitsnoop.ts'
import { fentryDemo } from './fentry_demo.ts'
import { killsnoop } from './killsnoop.ts'
import { lsmDemo } from './lsm_demo.ts'
import { minimal } from './minimal.ts'
import { minimalLegacy } from './minimal_legacy.ts'
import { minimalNs } from './minimal_ns.ts'
import { opensnoop } from './opensnoop.ts'
import { procmon } from './procmon.ts'
import { sockfilterDemo } from './sockfilter_demo.ts'
import { taskIter } from './task_iter.ts'
import { tcDemo } from './tc_demo.ts'
import { uprobeDemo } from './uprobe_demo.ts'
import { usdtDemo } from './usdt_demo.ts'

/** The tools that come with rawbpf, in the order of the help. */
export const tools: readonly Tool[] = [
  execsnoop,
  exitsnoop,
  fentryDemo,
  killsnoop,
  lsmDemo,
  minimal,
  minimalLegacy,
  minimalNs,
  opensnoop,
  procmon,
  sockfilterDemo,
  taskIter,
  tcDemo,
  uprobeDemo,
  usdtDemo,
]
