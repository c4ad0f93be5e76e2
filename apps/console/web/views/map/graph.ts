import type { LiveMap } from '../../../src/api.ts';

export const MAIL = 'mail-server';
export const NO_CONSUMERS = 'no-consumers';

export interface Edge {
  readonly id: string;
  /** Ids of nodes. */
  readonly from: string;
  readonly to: string;
  readonly perSecond: number | null;
  readonly kind: 'publish' | 'consume' | 'deliver' | 'none';
}

export const serviceNode = (service: string) => `service:${service}`;
export const topicNode = (topic: string) => `topic:${topic}`;
export const groupNode = (group: string) => `group:${group}`;

/** The edges between the nodes of the map. A topic without a consumer leads to a node that says so. */
export function edgesOf(map: LiveMap): readonly Edge[] {
  const edges = map.edges.flatMap((edge) => parse(edge) ?? []);
  const consumed = new Set(edges.filter(({ kind }) => kind === 'consume').map(({ from }) => from));
  const ends = map.topics
    .map(({ topic }) => topicNode(topic))
    .filter((topic) => !consumed.has(topic))
    .map((from) => ({ id: `none:${from}`, from, to: NO_CONSUMERS, perSecond: null, kind: 'none' as const }));
  return [...edges, ...ends];
}

function parse({ id, perSecond }: LiveMap['edges'][number]): Edge | null {
  const [, kind, rest] = /^(publish|consume|deliver):(.+)$/.exec(id) ?? [];
  if (rest === undefined) return null;
  if (kind === 'deliver') return { id, from: groupNode(rest), to: MAIL, perSecond, kind };
  const [from, to] = rest.split('>');
  if (from === undefined || to === undefined) return null;
  return kind === 'publish'
    ? { id, from: serviceNode(from), to: topicNode(to), perSecond, kind }
    : { id, from: topicNode(from), to: groupNode(to), perSecond, kind: 'consume' };
}

/** The node, and those that an edge joins to it. */
export function neighbours(edges: readonly Edge[], node: string): ReadonlySet<string> {
  const joined = edges.filter(({ from, to }) => from === node || to === node).flatMap(({ from, to }) => [from, to]);
  return new Set([node, ...joined]);
}
