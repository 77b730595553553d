/**
 * Receives the steps of a stage as they happen. A stage that was given no observer builds no step, so callers write
 * `observer?.({ ... })`: the argument is evaluated only if somebody listens.
 */
export type Observer<Step> = ((step: Step) => void) | undefined
