/** Where along the chain a process can be made to die, by name. Each is passed somewhere in `inside/`. */
export type KillPoint =
  | 'committed'
  | 'rows-read'
  | 'before-produce'
  | 'after-produce'
  | 'before-marking'
  | 'after-fetch'
  | 'in-transaction'
  | 'in-handler'
  | 'mail-accepted'
  | 'before-confirm'
  | 'before-offset-commit'
  | 'rejoining'
  | 'broker-append'
  | 'broker-fsync'
  | 'lease-handed-over'
  | 'before-text'
  | 'text-answered'
  | 'text-append'
  | 'text-taken';

/** What the run sends to a process, one JSON line each. */
export type Order =
  | { readonly do: 'die'; readonly at: KillPoint; readonly passing: number }
  /** The operation at that point never ends, for so many passings. */
  | { readonly do: 'hang'; readonly at: KillPoint; readonly passings: number }
  /** The next batch with this text that the broker appends becomes one that no client can decode. */
  | { readonly do: 'spoil'; readonly text: string }
  | { readonly do: 'live' }
  | { readonly do: 'shift-clock'; readonly byMs: number };

/** Environment variables by which a process knows its place in the run. */
export const INSIDE = {
  part: 'CRASH_PART',
  control: 'CRASH_CONTROL',
  routes: 'CRASH_ROUTES',
} as const;
