/** A project of somebody else's that uses the package as it would be published, in a folder outside of this repository. */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { checkedOutput, readCommand, resultOf } from './tour-commands.ts'
import { cutOutput, type Directive, showsAll, TourError } from './tour-page.ts'
import { edited, type WalkStep } from './walk-page.ts'

const repository = join(import.meta.dirname, '..')

interface Manifest {
  readonly name: string
  readonly bin?: string | Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
}

/** The folder and all that is in it are removed on disposal. */
export class WalkProject implements Disposable {
  readonly #place = mkdtempSync(join(tmpdir(), 'rawbpf-walk-'))
  #name = ''

  /** What the page makes first. */
  get folder(): string {
    return join(this.#place, this.#name)
  }

  /**
   * Takes a step.
   *
   * @returns The lines that a `show` shows; undefined for other steps.
   * @throws TourError where the page does not fit what happens
   */
  async take(step: WalkStep): Promise<readonly string[] | undefined> {
    switch (step.kind) {
      case 'do':
        for (const command of step.commands) this.#do(command)
        return undefined
      case 'file':
        writeFileSync(join(this.folder, step.name), step.text)
        return undefined
      case 'edit': {
        const path = join(this.folder, step.name)
        writeFileSync(path, edited(readFileSync(path, 'utf8'), step))
        return undefined
      }
      case 'show':
        return await this.#show(step.block.directive)
    }
  }

  /** The command line of what the page runs by npx. */
  npx(name: string, ...args: readonly string[]): readonly [string, ...string[]] {
    return [process.execPath, realpathSync(join(this.folder, 'node_modules/.bin', name)), ...args]
  }

  [Symbol.dispose](): void {
    rmSync(this.#place, { recursive: true })
  }

  /** Packages are not fetched: what the page installs is this package as it is packed, and links to what this repository has. */
  #do(command: string): void {
    const [name = '', verb = '', ...args] = command.split(' ')
    if (name === 'mkdir') this.#make(verb)
    else if (name === 'npx') this.#run(this.npx(verb, ...args), command)
    else if (name !== 'npm' || verb !== 'install') this.#run(['/bin/sh', '-c', command], command)
    else for (const each of args.filter((arg) => !arg.startsWith('-'))) this.#install(each)
  }

  #make(name: string): void {
    this.#name = name
    mkdirSync(this.folder)
  }

  #run([file, ...args]: readonly [string, ...string[]], command: string): void {
    const { status, stdout, stderr } = spawnSync(file, args, { cwd: this.folder, encoding: 'utf8' })
    if (status !== 0) throw new TourError(`${command} ends with ${status ?? 'a signal'}:\n${stdout}${stderr}`)
  }

  #install(name: string): void {
    const place = join(this.folder, 'node_modules', name)
    if (existsSync(place)) return
    mkdirSync(dirname(place), { recursive: true })
    if (name === 'rawbpf') this.#unpack(place)
    else symlinkSync(join(repository, 'node_modules', name), place)
    const { bin = {}, dependencies = {} } = manifestOf(place)
    const commands = typeof bin === 'string' ? { [name]: bin } : bin
    const bins = join(this.folder, 'node_modules/.bin')
    mkdirSync(bins, { recursive: true })
    for (const [command, file] of Object.entries(commands))
      symlinkSync(relative(bins, join(place, file)), join(bins, command))
    // Those of the others are found where they are linked to.
    if (name === 'rawbpf') for (const each of Object.keys(dependencies)) this.#install(each)
  }

  /** Packs what `npm publish` would, with dist/ built beside it. */
  #unpack(place: string): void {
    const stage = join(this.#place, 'stage')
    mkdirSync(stage)
    for (const path of ['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE', 'bpf', 'src/tools'])
      cpSync(join(repository, path), join(stage, path), { recursive: true })
    const build = ['--import', 'tsx', 'scripts/build.ts', join(stage, 'dist')]
    execFileSync(process.execPath, build, { cwd: repository, stdio: 'pipe' })
    const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', this.#place]
    execFileSync('npm', pack, { cwd: stage, stdio: 'pipe' })
    const { name, version } = { version: '', ...manifestOf(stage) }
    mkdirSync(place)
    execFileSync('tar', [
      'xzf',
      join(this.#place, `${name}-${version}.tgz`),
      '-C',
      place,
      '--strip-components',
      '1',
    ])
  }

  async #show(directive: Directive): Promise<readonly string[]> {
    const { words, errors } = readCommand(directive)
    const [npx, name = '', ...args] = words
    if (npx !== 'npx') throw new TourError(`line ${directive.line}: only what npx runs is shown`)
    const { meanwhile } = directive
    const isEnough = (output: string): boolean => showsAll(directive, output)
    const running = { cwd: this.folder, errors, meanwhile, isEnough }
    return cutOutput(directive, checkedOutput(directive, await resultOf(this.npx(name, ...args), running)))
  }
}

function manifestOf(folder: string): Manifest & { readonly version?: string } {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest & {
    readonly version?: string
  }
}
