export { disk } from './disk.ts'
export { eventTool, type EventToolDescription } from './event_tool.ts'
export { type FlameGraphOptions, flameGraph, type FoldedStacks, foldedText } from './flame_graph.ts'
export { type Histogram, type HistogramSlot, linearHistogram, log2Histogram } from './histogram.ts'
export { ipAddress } from './ip_address.ts'
export { bundledObject } from './package_root.ts'
export { interfaceIndex, packetSocket } from './packet_socket.ts'
export { pidNamespace, type PidNamespace } from './pid_namespace.ts'
export { runTool } from './main_tool.ts'
export { toolCommand } from './run_tool.ts'
export { replaceFile, requireReplaceable } from './replace_file.ts'
export { signalName, signalValue } from './signals.ts'
export { StackNames, type StackPlace } from './stack_names.ts'
export { syscallName } from './syscall_name.ts'
export { syscallResult } from './syscall_result.ts'
export { type Column, commColumn, headerLine, number, pidColumn, recordLine, text, time } from './table.ts'
export type { LabelledHistogram, OptionValue, Tool, ToolOption, ToolSession } from './tool.ts'
export { tracepointArguments } from './tracepoint.ts'
export {
  comm,
  commFilter,
  errno,
  errorName,
  failedFilter,
  interfaceName,
  intervalOptions,
  pid,
  pidFilter,
  seconds,
  topOption,
  wholeNumber,
} from './values.ts'
