import { MapSpec } from './map_spec.ts'

/**
 * The maps by name. Of several that share a name the first is kept, with that as its `problem`: whoever asks for the name
 * could be given the wrong one.
 */
export function uniqueMaps(maps: readonly MapSpec[]): ReadonlyMap<string, MapSpec> {
  const named = new Map<string, MapSpec>()
  for (const map of maps) {
    const first = named.get(map.name)
    if (first === undefined) named.set(map.name, map)
    else if (first.problem === undefined) named.set(map.name, withProblem(first))
  }
  return named
}

function withProblem(map: MapSpec): MapSpec {
  return new MapSpec({
    ...map.snapshot(),
    structOps: map.structOps,
    problem: 'the object has another map of that name; rename one',
  })
}
