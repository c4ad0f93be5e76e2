/**
 * What the control listener of `npm start` takes and answers, as JSON. `.data/stack.json` has its address and token under
 * `control`; every request sends `Authorization: Bearer TOKEN`. Times are ISO 8601, 64-bit numbers text.
 *
 *     GET  /control                    → ControlState
 *     GET  /control/log?after=NUMBER   → ControlLog
 *     POST /control/faults/NAME        { on }              → FaultState
 *     POST /control/kill               { part }            → KilledPart
 *     POST /control/duplicates         { topic, records }  → PublishedRecords
 *     POST /control/unreadable         { topic }           → PublishedRecords
 *     POST /control/normal             {}                  → ControlState
 *
 * Errors are `application/problem+json`; that of an unknown name has the known ones in `known`.
 */

/** Each is on until it is switched off or the supervisor ends. Of those of the mail server, the last one that is switched on counts. */
export const FAULT_NAMES = [
  'mail-server-down',
  'mail-server-slow',
  'mail-server-451',
  'mail-server-550',
  'broker-down',
  'database-down',
] as const;

export type FaultName = (typeof FAULT_NAMES)[number];

export interface FaultState {
  readonly name: FaultName;
  readonly on: boolean;
  /** Since when it is on, or off; null while it has never been on. */
  readonly since: string | null;
  /** How often it has been switched on. */
  readonly times: number;
  /** SMTP commands that it has delayed or rejected; null where nothing can count, because nothing answers. */
  readonly affected: number | null;
}

export interface ControlPart {
  readonly name: string;
  readonly address: string;
  readonly pid: number | null;
  /** `down`: it has ended and is started again. `stopped`: a fault, or the end of the stack, has stopped it. */
  readonly state: 'stopped' | 'starting' | 'ready' | 'down';
  readonly since: string;
  /** How often it was killed by `POST /control/kill`. */
  readonly kills: number;
}

export interface ControlState {
  readonly parts: readonly ControlPart[];
  readonly faults: readonly FaultState[];
  /** Number of the newest entry of the log; 0 while there is none. */
  readonly newest: number;
}

export type ControlLogEntry = {
  /** 1, 2, 3 … since the start of the supervisor. */
  readonly number: number;
  readonly at: string;
} & (
  | {
      readonly code: 'part-started' | 'part-ended' | 'part-moved' | 'part-stopped';
      readonly part: string;
      /** How it ended, or where it is now; for a person. */
      readonly detail: string;
    }
  | { readonly code: 'part-ready'; readonly part: string; readonly afterMs: number }
  | { readonly code: 'part-killed'; readonly part: string }
  | { readonly code: 'fault-on' | 'fault-off'; readonly fault: FaultName }
  | {
      readonly code: 'duplicates-published' | 'unreadable-published';
      readonly topic: string;
      readonly records: number;
    }
);

export interface ControlLog {
  /** Oldest first. */
  readonly entries: readonly ControlLogEntry[];
  /** Entries after `after` that are not kept any more. */
  readonly dropped: number;
}

export interface KilledPart {
  readonly part: string;
  /** Of the process that was killed. */
  readonly pid: number;
}

export interface PublishedRecords {
  readonly topic: string;
  readonly records: number;
}
