import type { Tool } from '../tool/index.ts'
import { biolatency } from './biolatency.ts'
import { execsnoop } from './execsnoop.ts'
import { exitsnoop } from './exitsnoop.ts'
import { fentryDemo } from './fentry_demo.ts'
import { killsnoop } from './killsnoop.ts'
import { lsmDemo } from './lsm_demo.ts'
import { minimal } from './minimal.ts'
import { minimalLegacy } from './minimal_legacy.ts'
import { minimalNs } from './minimal_ns.ts'
import { opensnoop } from './opensnoop.ts'
import { pagefaults } from './pagefaults.ts'
import { procmon } from './procmon.ts'
import { profile } from './profile.ts'
import { runqlat } from './runqlat.ts'
import { sockfilterDemo } from './sockfilter_demo.ts'
import { syscount } from './syscount.ts'
import { taskIter } from './task_iter.ts'
import { tcDemo } from './tc_demo.ts'
import { tcpconnect } from './tcpconnect.ts'
import { uprobeDemo } from './uprobe_demo.ts'
import { usdtDemo } from './usdt_demo.ts'

/** The tools that come with rawbpf, in the order of the help. */
export const tools: readonly Tool[] = [
  biolatency,
  execsnoop,
  exitsnoop,
  fentryDemo,
  killsnoop,
  lsmDemo,
  minimal,
  minimalLegacy,
  minimalNs,
  opensnoop,
  pagefaults,
  procmon,
  profile,
  runqlat,
  sockfilterDemo,
  syscount,
  taskIter,
  tcDemo,
  tcpconnect,
  uprobeDemo,
  usdtDemo,
]
