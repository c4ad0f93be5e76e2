/** The fields of a package.json that publishing looks at. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly files?: readonly string[];
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies?: Ranges;
  readonly peerDependencies?: Ranges;
}

type Ranges = Readonly<Record<string, string>>;

/** The condition by which the repository reads sources. A package holds none. */
const SOURCE_CONDITION = '@event-bus/source';

/** Used down to what they do not document, so another version is tested here before anyone gets it. */
const EXACT = new Set(['kafkajs', '@platformatic/kafka']);

/**
 * The package.json that is published, of that in the repository. A dependency's exact version becomes the range of its
 * compatible ones, because a user's own lockfile says which; `*`, for another package of the repository, becomes the range of
 * its version in `versions`.
 * @throws Error when a range is `*` and the package is not in `versions`
 */
export function publishedManifest(manifest: Manifest, versions: Ranges): Manifest {
  const {
    scripts: _,
    devDependencies: __,
    dependencies,
    peerDependencies,
    exports,
    ...kept
  } = manifest as Manifest & {
    scripts?: unknown;
    devDependencies?: unknown;
  };
  const rangeOf = (name: string, range: string): string => {
    if (range === '*') return `^${versionOf(versions, name)}`;
    return /^\d/.test(range) && !EXACT.has(name) ? `^${range}` : range;
  };
  return {
    ...kept,
    exports: mapValues(exports, (_path, target) => (typeof target === 'string' ? target : withoutSource(target))),
    ...(dependencies && { dependencies: mapValues(dependencies, rangeOf) }),
    ...(peerDependencies && { peerDependencies: mapValues(peerDependencies, rangeOf) }),
  };
}

function versionOf(versions: Ranges, name: string): string {
  const version = versions[name];
  if (version === undefined) throw new Error(`${name} is not a package that is published`);
  return version;
}

function withoutSource(targets: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(targets).filter(([condition]) => condition !== SOURCE_CONDITION));
}

function mapValues<In, Out>(
  object: Readonly<Record<string, In>>,
  map: (name: string, value: In) => Out,
): Record<string, Out> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(name, value)]));
}
