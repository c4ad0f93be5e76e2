/**
 * Finds imports that go up or form a cycle. An import is looked at in the innermost folder that holds both of its files.
 * There it connects two neighbours, each a file or a subfolder; these have their layers, and no cycle among them.
 *
 * Home-made: dependency-cruiser reads TypeScript only with a compiler before version 7, and oxlint finds cycles of files
 * but not of folders.
 */
import { join, matchesGlob } from 'node:path';

/** For a folder, its content from top to bottom; see layers.ts. */
export type Layers = Readonly<Record<string, readonly string[]>>;

/** Paths from the root of the repository. */
export interface Import {
  readonly from: string;
  readonly to: string;
}

/** An import as an edge between two neighbours of a folder. */
interface Edge extends Import {
  readonly folder: string;
  readonly tail: string;
  readonly head: string;
}

/** What is wrong and what to do about it, a text for each problem. */
export function findWrongImports(imports: readonly Import[], layers: Layers): string[] {
  const edges = imports.filter(({ from, to }) => from !== to).map(edgeOf);
  return [...Map.groupBy(edges, ({ folder }) => folder)].flatMap(([folder, inFolder]) => {
    const declared = Object.keys(layers).find((pattern) => matchesGlob(folder, pattern));
    const upward = declared === undefined ? [] : inFolder.flatMap((edge) => checkLayers(edge, layers[declared]!));
    return [...new Set(upward), ...findCycles(inFolder).map(describeCycle)];
  });
}

function edgeOf({ from, to }: Import): Edge {
  const [tails, heads] = [from.split('/'), to.split('/')];
  const depth = tails.findIndex((name, at) => name !== heads[at]);
  return { from, to, folder: tails.slice(0, depth).join('/') || '.', tail: tails[depth]!, head: heads[depth]! };
}

function checkLayers({ from, to, folder, tail, head }: Edge, layers: readonly string[]): string[] {
  const unknown = [tail, head].filter((name) => layerOf(name, layers) < 0);
  if (unknown.length > 0)
    return unknown.map((name) => `${join(folder, name)} has no layer.\n  Add it to tools/check/layers.ts.`);
  if (layerOf(tail, layers) <= layerOf(head, layers)) return [];
  return [
    `${from} imports ${to}: ${tail} is below ${head} (tools/check/layers.ts).\n` +
      `  Move the code that both need to a lower layer, or declare an interface in ${tail} and pass in what implements it.`,
  ];
}

/** A name stands before a pattern, wherever the pattern is. */
function layerOf(name: string, layers: readonly string[]): number {
  const at = layers.findIndex((layer) => layer.split(' ').includes(name));
  return at >= 0 ? at : layers.findIndex((layer) => layer.split(' ').some((pattern) => matchesGlob(name, pattern)));
}

/** The shortest cycles, of which no two share an edge. */
function findCycles(edges: readonly Edge[]): Edge[][] {
  const cycles = edges.flatMap((edge) => {
    const back = shortestPath(edge.head, edge.tail, edges);
    return back === undefined ? [] : [[edge, ...back]];
  });
  const reported = new Set<string>();
  return cycles
    .toSorted((one, other) => one.length - other.length)
    .filter((cycle) => {
      const names = cycle.map(({ tail, head }) => `${tail} ${head}`);
      if (names.some((name) => reported.has(name))) return false;
      for (const name of names) reported.add(name);
      return true;
    });
}

function shortestPath(start: string, end: string, edges: readonly Edge[]): Edge[] | undefined {
  const paths = new Map<string, Edge[]>([[start, []]]);
  for (const [name, path] of paths) {
    if (name === end) return path;
    for (const edge of edges) if (edge.tail === name && !paths.has(edge.head)) paths.set(edge.head, [...path, edge]);
  }
  return undefined;
}

function describeCycle(cycle: readonly Edge[]): string {
  const { folder, tail } = cycle[0]!;
  const names = [...cycle.map((edge) => edge.tail), tail].join(' → ');
  const imports = cycle.map(({ from, to }) => `  ${from} imports ${to}`).join('\n');
  return (
    `Import cycle in ${folder}: ${names}\n${imports}\n` +
    '  Move the code that both need to a lower file or folder, or pass it in as an argument.'
  );
}
