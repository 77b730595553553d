import type { ResolveHook } from 'node:module'

/** The hook of tsx.ts: `/rawbpf/src/cli.ts` is `/rawbpf/bundle/src/cli.js`. */
export const resolve: ResolveHook = (specifier, context, nextResolve) => {
  const url = new URL(specifier, context.parentURL ?? 'file:///rawbpf/').href
  const compiled = /^file:\/\/\/rawbpf\/(.*)\.ts$/.exec(url)?.[1]
  if (compiled === undefined) return nextResolve(specifier, context)
  return { url: `file:///rawbpf/bundle/${compiled}.js`, format: 'module', shortCircuit: true }
}
