import type { Tool } from '../tool/index.ts'
import { biolatency } from './biolatency.ts'
import { exitsnoop } from './exitsnoop.ts'
import { pagefaults } from './pagefaults.ts'
import { profile } from './profile.ts'
import { runqlat } from './runqlat.ts'
import { syscount } from './syscount.ts'
import { tcpconnect } from './tcpconnect.ts'

/** The tools that come with rawbpf, in the order of the help. */
export const tools: readonly Tool[] = [
  exitsnoop,
  syscount,
  runqlat,
  biolatency,
  pagefaults,
  profile,
  tcpconnect,
]
