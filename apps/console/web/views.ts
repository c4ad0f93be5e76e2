import type { ComponentType } from 'preact';
import type { IconName } from './components/icon.tsx';
import { match } from './router.ts';
import { loadViewWords } from './words/words.ts';

export interface ViewProps {
  /** The parts of the address, e.g. `topic` of `/topics/:topic`. */
  readonly params: Readonly<Record<string, string>>;
}

type Load = () => Promise<{ readonly default: ComponentType<ViewProps> }>;

export type ViewName =
  | 'map'
  | 'journeys'
  | 'topics'
  | 'groups'
  | 'outbox'
  | 'failures'
  | 'mails'
  | 'contracts'
  | 'lab'
  | 'chaos';

export interface View {
  readonly name: ViewName & IconName;
  /** After `g`. */
  readonly key: string;
  readonly patterns: readonly [string, ...string[]];
  /** A rule stands above it in the rail. */
  readonly startsGroup?: boolean;
}

export const VIEWS: readonly View[] = [
  { name: 'map', key: 'm', patterns: ['/'] },
  { name: 'journeys', key: 'j', patterns: ['/journeys', '/journeys/:eventId'] },
  {
    name: 'topics',
    key: 't',
    patterns: ['/topics', '/topics/:topic', '/topics/:topic/:partition/:offset'],
    startsGroup: true,
  },
  { name: 'groups', key: 'c', patterns: ['/groups', '/groups/:group'] },
  { name: 'outbox', key: 'o', patterns: ['/outbox', '/outbox/rejected'] },
  {
    name: 'failures',
    key: 'f',
    patterns: ['/failures', '/failures/:tab', '/failures/:tab/:service/:id'],
    startsGroup: true,
  },
  { name: 'mails', key: 'i', patterns: ['/mails', '/mails/:id'] },
  { name: 'contracts', key: 'e', patterns: ['/contracts', '/contracts/:event'], startsGroup: true },
  { name: 'lab', key: 'l', patterns: ['/lab', '/lab/:sentence'] },
  { name: 'chaos', key: 'x', patterns: ['/chaos'] },
];

/** Each view comes with the first visit to it, not with the page, and so do its words. */
const files = import.meta.glob<{ readonly default: ComponentType<ViewProps> }>(['./views/*.tsx', '!**/*.spec.tsx']);

export function loadView(name: string): Load | undefined {
  const file = files[`./views/${name}.tsx`];
  if (file === undefined || name === 'map') return file;
  return async () => (await Promise.all([file(), loadViewWords()]))[0];
}

export function viewAt(address: string): { readonly view: View; readonly params: ViewProps['params'] } | null {
  for (const view of VIEWS) {
    for (const pattern of view.patterns) {
      const params = match(pattern, address);
      if (params !== null) return { view, params };
    }
  }
  return null;
}
