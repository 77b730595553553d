import type {
  Chapters,
  CoreAccess,
  Explanation,
  ProgramSummary,
  SyscallReport,
  TypeReport,
  VerifierReport,
  WalkEntry,
} from '../../../src/explain/explanation.ts'
import type { InsnReport, ProgramReport } from '../../../src/explain/program_report.ts'

/** A name as a hostile file has it: it would end the script, run another, and turn its surroundings round. */
export const HOSTILE = '</script><script>window.hostile=1</script><!--\u202e\u0007&quot;\u2028'

/** As long as what the verifier knows of a register. */
const LONG = `map_value(${'smin=0,smax=umax=0x7fffffff8,'.repeat(8)}var_off=(0x0; 0xff))`

const noChapters: Chapters = {
  file: { header: undefined, sections: [], license: undefined },
  maps: { maps: [], variables: [], externs: [] },
  programs: { programs: [] },
  relocations: { programs: [], symbols: {}, loaded: {} },
  core: { accesses: [] },
  syscalls: { syscalls: [] },
  verifier: { programs: [] },
  attach: { links: [] },
}

/** A load that ended at its beginning. */
export const failedAtOnce: Explanation = {
  object: 'cut.bpf.o',
  size: 63,
  target: undefined,
  calls: 'rehearsed',
  chapters: noChapters,
  failures: [
    { chapter: 'file', code: 'ELF_TRUNCATED', program: undefined, message: 'cut.bpf.o ends in its header.' },
  ],
  types: {},
}

const file: Chapters['file'] = {
  header: { class: 64, endianness: 'little', machine: 247 },
  sections: [
    section(0, '', 'SHT_NULL', 0, 'stands for no section'),
    section(1, 'tp/sched/sched_process_exec', 'SHT_PROGBITS', 96, 'programs, BPF_PROG_TYPE_TRACEPOINT', 'AX'),
    section(2, '.maps', 'SHT_PROGBITS', 16, 'map definitions, told by their types', 'WA'),
    section(3, '.BTF', 'SHT_PROGBITS', 900, 'the types of the program'),
    section(4, HOSTILE, 'SHT_PROGBITS', 8, 'a program section of no known sort', 'AX'),
  ],
  license: 'GPL',
}

function section(
  index: number,
  name: string,
  type: string,
  size: number,
  role: string,
  flags = '',
): Chapters['file']['sections'][number] {
  const refersTo = flags === 'AX' ? [{ section: '.maps', count: 1 }] : []
  return { index, name, type, offset: 64 + index * 100, size, flags, role, refersTo }
}

const maps: Chapters['maps'] = {
  maps: [
    {
      name: 'rb',
      type: 'BPF_MAP_TYPE_RINGBUF',
      section: '.maps',
      offset: 0,
      definition: [
        {
          declaration: 'int (*type)[27];',
          encoding: 'ptr #6 -> array #5 of 27',
          meaning: 'map_type = 27, BPF_MAP_TYPE_RINGBUF',
        },
      ],
      attributes: [
        { name: 'map_type', value: '27' },
        { name: 'max_entries', value: '262144' },
      ],
      initialSlots: [],
      notes: [],
      problem: undefined,
    },
  ],
  variables: [
    {
      name: 'threshold',
      section: '.rodata',
      offset: 0,
      size: 8,
      declaration: 'const volatile unsigned long long threshold',
      value: '0',
    },
  ],
  externs: [
    {
      name: 'CONFIG_HZ',
      sort: 'kconfig',
      weak: false,
      declaration: 'extern int CONFIG_HZ',
      resolution: '250',
    },
  ],
}

function insn(index: number, text: string, rest: Partial<InsnReport> = {}): InsnReport {
  const bytes = index.toString(16).padStart(16, '0')
  return {
    insn: index,
    source: undefined,
    after: { bytes, text },
    before: undefined,
    relocations: [],
    ...rest,
  }
}

const line = (lineNumber: number, text: string): NonNullable<InsnReport['source']> => ({
  fileName: './bpf/sample.bpf.c',
  lineNumber,
  text,
})

const READS = line(12, 'pid = task->tgid; /* 프로세스 번호 */')
const GREETS = line(14, 'bpf_printk("مرحبا %d", pid);')

const handleExec: ProgramReport = {
  name: 'handle_exec',
  section: 'tp/sched/sched_process_exec',
  type: 'BPF_PROG_TYPE_TRACEPOINT',
  functions: [
    { name: 'handle_exec', section: 'tp/sched/sched_process_exec', start: 0 },
    { name: 'helper', section: '.text', start: 9 },
  ],
  insns: [
    insn(0, 'call 35', { source: line(10, 'struct task_struct *task = (void *)bpf_get_current_task();') }),
    insn(1, 'r1 = *(u32 *)(r0 +2488)', {
      source: READS,
      before: { bytes: '6101000000000000', text: 'r1 = *(u32 *)(r0 +0)' },
      relocations: [
        {
          kind: 'core',
          relocation: 'field_byte_offset',
          subject: 'struct task_struct.tgid',
          candidates: [{ btf: 'vmlinux', type: 114 }],
          found: 'type 114, bit 19904',
          expected: 0,
          value: 2488,
          poisoned: false,
        },
      ],
    }),
    insn(2, 'if w1 == 0x0 goto +5', { source: line(13, 'if (!pid)') }),
    insn(3, 'r1 = 0x0 ll', {
      source: GREETS,
      after: { bytes: '18010000000000000000000000000000', text: 'r1 = 0x0 ll' },
      relocations: [{ kind: 'map', map: 'rb', offset: undefined }],
    }),
    insn(5, 'call 6', { source: READS }),
    insn(6, 'call pc+2', { relocations: [{ kind: 'function', function: 'helper', start: 9 }] }),
    insn(7, 'r2 = r1', { source: GREETS }),
    insn(8, 'exit', { source: line(15, 'return 0;') }),
    insn(9, 'exit', { source: line(3, 'static int helper(void) { return 0; }') }),
  ],
}

const hostileProgram: ProgramReport = {
  ...handleExec,
  name: HOSTILE,
  functions: [{ name: HOSTILE, section: HOSTILE, start: 0 }],
  insns: [insn(0, 'exit', { source: line(1, HOSTILE) })],
}

function summary(program: ProgramReport): ProgramSummary {
  return {
    name: program.name,
    section: program.section,
    type: program.type,
    attachType: undefined,
    traits: [],
    target: 'tracepoint sched/sched_process_exec',
    reason: undefined,
    autoload: true,
    insnCount: program.insns.length,
    linkedInsnCount: program.insns.length,
    functions: program.functions.map((fn) => ({
      ...fn,
      declaration: undefined,
      insnCount: 1,
      callers: fn.start === 0 ? [] : [{ name: program.name, count: 1 }],
    })),
    helpers: [{ name: 'bpf_get_current_task', count: 1 }],
    kfuncs: [],
  }
}

/** As many members as `struct task_struct` has, and as long. */
const taskStruct: TypeReport = {
  btf: 'vmlinux',
  id: 114,
  name: 'struct task_struct',
  size: 3264,
  members: Array.from({ length: 250 }, (_, position) => ({
    declaration: position === 120 ? 'pid_t tgid;' : `struct list_head member_${position};`,
    name: position === 120 ? 'tgid' : `member_${position}`,
    bitOffset: position * 104,
  })),
}

const types: Explanation['types'] = {
  'sample.bpf.o#7': {
    btf: 'sample.bpf.o',
    id: 7,
    name: 'struct task_struct',
    size: 8,
    members: [
      { declaration: 'int tgid;', name: 'tgid', bitOffset: 0 },
      { declaration: 'int exit_code : 7;', name: 'exit_code', bitOffset: 33 },
    ],
  },
  'vmlinux#114': taskStruct,
}

const access: CoreAccess = {
  function: 'handle_exec',
  insn: 1,
  places: [{ program: 'handle_exec', insn: 1 }],
  source: READS,
  kind: 'field_byte_offset',
  question: 'At which byte is the field?',
  expression: 'task->tgid',
  subject: 'struct task_struct.tgid',
  accessString: '0:0',
  local: { type: 'sample.bpf.o#7', name: 'struct task_struct', id: 7, bitOffset: 0, members: [0] },
  candidates: [
    {
      btf: 'vmlinux',
      place: { type: 'vmlinux#114', name: 'struct task_struct', id: 114, bitOffset: 12480, members: [120] },
      matches: true,
      why: 'has it at byte 1560',
    },
  ],
  expected: '0',
  value: '1560',
  outcome: 'patched',
  before: 'r1 = *(u32 *)(r0 +0)',
  after: 'r1 = *(u32 *)(r0 +1560)',
}

const poisoned: CoreAccess = {
  ...access,
  insn: 5,
  places: [],
  expression: `task->${HOSTILE}`,
  subject: `struct task_struct.${HOSTILE}`,
  kind: 'field_exists',
  candidates: [],
  value: undefined,
  outcome: 'poisoned',
}

const call = (number: number, command: string, result: string): SyscallReport => ({
  number,
  purpose: 'creates a map: rb',
  syscall: 'bpf',
  command,
  arguments: [
    { name: 'map_type', value: '27 (BPF_MAP_TYPE_RINGBUF)' },
    { name: 'map_name', value: '"rb"' },
  ],
  attrSize: 44,
  attr: '1b000000'.repeat(11),
  result,
  failed: result.startsWith('-1'),
})

const entry = (index: number, state: string, changes: string): WalkEntry => ({
  insn: index,
  state,
  changes,
  event: '',
  decision: undefined,
})

const walk: readonly WalkEntry[] = [
  entry(0, 'R1=ctx() R10=fp0', 'R0=scalar()'),
  entry(1, '', 'R0=scalar() R1_w=scalar(umax=0xffffffff,var_off=(0x0; 0xffffffff))'),
  {
    ...entry(2, '', ''),
    decision: 'taken',
  },
  { ...entry(7, 'R10=fp0', ''), event: 'takes up the branch of instruction 2' },
]

const refused: VerifierReport = {
  program: 'handle_exec',
  verdict: 'refused',
  reason: 'R1 !read_ok',
  plain: {
    title: 'A register is read that holds nothing',
    sentence: `r1 was not written on this path, ${LONG}`,
    advice: 'Initialise the variable on every path.',
    source: 'kernel/bpf/verifier.c, check_reg_arg()',
  },
  statistics: [{ name: 'processed', value: '4 instructions' }],
  walk,
  omitted: 0,
  registers: [
    { register: 'R1', value: undefined, writtenAt: undefined, lost: 'no' },
    { register: 'R2', value: LONG, writtenAt: 5, lost: 'in a call' },
  ],
  log: `func#0 @0\n0: R1=ctx() R10=fp0\n; ${HOSTILE}\nR1 !read_ok\n`,
}

/** A load of which one program was refused, with something in every chapter and a hostile name wherever a file has names. */
export const sample: Explanation = {
  object: 'sample.bpf.o',
  size: 4096,
  target: { name: 'vmlinux', bytes: 5_520_359, typeCount: 126_699 },
  calls: 'issued',
  chapters: {
    file,
    maps,
    programs: { programs: [summary(handleExec), summary(hostileProgram)] },
    relocations: {
      programs: [handleExec, hostileProgram],
      symbols: { handle_exec: { 3: 'R_BPF_64_64 against rb of .maps' } },
      loaded: { handle_exec: { 3: 'r1 = map[fd:4]' } },
    },
    core: { accesses: [access, poisoned] },
    syscalls: { syscalls: [call(1, 'BPF_MAP_CREATE', '4'), call(2, 'BPF_PROG_LOAD', '-1 EACCES')] },
    verifier: {
      programs: [
        refused,
        {
          ...refused,
          program: HOSTILE,
          verdict: 'not asked',
          plain: undefined,
          reason: undefined,
          walk: [],
          log: '',
        },
      ],
    },
    attach: {
      links: [
        { program: 'handle_exec', target: 'not attached: it was refused', how: undefined, syscalls: [] },
        { program: HOSTILE, target: HOSTILE, how: 'by a BPF link', syscalls: [1, 2] },
      ],
    },
  },
  failures: [
    {
      chapter: 'verifier',
      code: 'VERIFIER_REJECTED',
      program: 'handle_exec',
      message: `The verifier refused handle_exec: ${LONG}\n7: r2 = r1\nR1 !read_ok`,
    },
    {
      chapter: 'programs',
      code: 'PROGRAM_SECTION',
      program: HOSTILE,
      message: `No sort of program: ${HOSTILE}`,
    },
  ],
  types,
}

/** An object of many programs, each with C lines, CO-RE accesses and a walk. */
export function large({
  programs,
  insns,
}: {
  readonly programs: number
  readonly insns: number
}): Explanation {
  const reports = Array.from({ length: programs }, (_, index) => longProgram(`program_${index}`, insns))
  const accesses = reports.flatMap(({ name }) =>
    Array.from({ length: 5 }, (_, index) => ({
      ...access,
      function: name,
      places: [{ program: name, insn: index * 10 + 1 }],
    })),
  )
  return {
    ...sample,
    object: 'large.bpf.o',
    chapters: {
      ...sample.chapters,
      programs: { programs: reports.map(summary) },
      relocations: { programs: reports, symbols: {}, loaded: {} },
      core: { accesses },
      verifier: { programs: reports.map(acceptedWalk) },
    },
    failures: [],
  }
}

function longProgram(name: string, count: number): ProgramReport {
  const source = (index: number): InsnReport['source'] =>
    index % 3 === 0 ? line(10 + index, `total += compute_the_next_step(context, ${index});`) : undefined
  const relocations: InsnReport['relocations'] = [{ kind: 'map', map: 'rb', offset: undefined }]
  return {
    ...handleExec,
    name,
    functions: [{ name, section: handleExec.section, start: 0 }],
    insns: Array.from({ length: count }, (_, index) =>
      insn(index, `r${index % 10} = *(u64 *)(r10 -${8 * (index % 64)})`, {
        source: source(index),
        ...(index % 10 === 1 ? { relocations } : {}),
      }),
    ),
  }
}

function acceptedWalk({ name, insns }: ProgramReport): VerifierReport {
  const state = 'R0=scalar(umax=255,var_off=(0x0; 0xff)) R6=ctx() R7=map_ptr(map=rb,ks=0,vs=0) R10=fp0'
  return {
    ...refused,
    program: name,
    verdict: 'accepted',
    reason: undefined,
    plain: undefined,
    registers: [],
    walk: insns.map(({ insn: index }) => entry(index, index === 0 ? state : '', `R1=${index + 1}`)),
    log: '',
  }
}
