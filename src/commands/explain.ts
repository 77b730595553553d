import { type Command, Option } from 'commander'
import { explainLoad } from '../explain/explain_load.ts'
import type { ChapterName, Explanation } from '../explain/explanation.ts'
import { explanationText } from '../explain/explanation_text.ts'
import { explanationPage } from '../explain/page/explanation_page.ts'
import { narrow } from '../explain/narrow.ts'
import { chapters } from '../explain/teaching.ts'
import { readObjectFile } from '../loader/open_object.ts'
import { ChoiceError } from './choose_program.ts'
import { command } from '../tool/command.ts'
import { examplesText } from '../tool/examples_text.ts'
import { exitCodes } from '../tool/exit_codes.ts'
import { jsonText } from '../tool/json.ts'
import { print } from './print.ts'
import { readInput } from './read_input.ts'
import { replaceFile } from '../tool/replace_file.ts'
import { exitCodeOf } from '../tool/report_error.ts'
import { addTargetOptions, type TargetFlags } from './target_options.ts'
import { readTargetTypes } from './target_types.ts'
import { watchLoad } from './watch_load.ts'

const examples = examplesText([
  ['rawbpf explain app.bpf.o', 'the whole story, for the running kernel, without loading anything'],
  ['rawbpf explain app.bpf.o --load --step verifier', 'what the verifier did, or why it refused'],
  ['rawbpf explain app.bpf.o --html app.html', 'a page for a browser'],
])

interface ExplainFlags extends TargetFlags {
  readonly step?: ChapterName
  readonly load?: true
  readonly html?: string
  readonly json?: true
}

/** `rawbpf explain`: a load in eight chapters. Needs no privilege, but for `--load`. */
export function explainCommand(setExitCode: (code: number) => void): Command {
  const named = command('explain')
    .description('Explain how an object is loaded, step by step: from its sections to the links.')
    .argument('<object>', 'a BPF object file')
  return addTargetOptions(named)
    .addOption(new Option('--step <name>', 'only this chapter').choices(chapters.map(({ name }) => name)))
    .option('--load', 'load the object into this kernel, attach it, and undo both, instead of a rehearsal')
    .option('--html <file>', 'write a page for a browser into the file')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples)
    .action(async (path: string, flags: ExplainFlags) => {
      setExitCode(await explain(path, flags))
    })
}

async function explain(path: string, flags: ExplainFlags): Promise<number> {
  const { btf, program, load, json, step, html } = flags
  const kernelConfig = await readInput(flags.kconfig)
  const watched = watchLoad({
    path,
    bytes: await readObjectFile(path),
    program,
    calls: load === true ? 'issued' : 'rehearsed',
    target: await readTargetTypes(btf, kernelConfig),
    targetKernel: btf === undefined ? 'running' : 'another',
    kernelConfig,
  })
  if (program !== undefined && watched.spec?.programs.has(program) === false) {
    const known = [...watched.spec.programs.keys()].join(', ')
    throw new ChoiceError(path, `has no program ${program}; it has ${known || 'none'}`, program)
  }
  const explanation = narrow(explainLoad(watched), program)
  if (html !== undefined) await replaceFile(html, new TextEncoder().encode(explanationPage(explanation)))
  if (html === undefined || json === true || step !== undefined)
    await print(json === true ? explanationJson(explanation, step) : explanationText(explanation, step))
  const codes = watched.errors.map(({ error }) => exitCodeOf(error))
  return Math.max(exitCodes.ok, ...codes)
}

/** All of it, or one chapter with what it refers to. */
function explanationJson(explanation: Explanation, step: ChapterName | undefined): string {
  if (step === undefined) return `${jsonText(explanation)}\n`
  const { chapters: all, ...rest } = explanation
  return `${jsonText({ ...rest, chapters: { [step]: all[step] } })}\n`
}
