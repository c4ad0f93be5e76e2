import type { Chaos, ChaosFault } from '../api.ts';
import type { ControlState, FaultName } from '../control.ts';

/** What the page can set, and the fault of the supervisor that it is. */
const SWITCHES: ReadonlyArray<readonly [fault: ChaosFault, values: Readonly<Record<string, FaultName>>]> = [
  ['mail-server-down', { on: 'mail-server-down' }],
  ['mail-server-slow', { on: 'mail-server-slow' }],
  ['mail-server-refuses', { '451': 'mail-server-451', '550': 'mail-server-550' }],
  ['broker-down', { on: 'broker-down' }],
  ['database-down', { on: 'database-down' }],
];

const BUTTONS: readonly ChaosFault[] = ['duplicates', 'unreadable'];

export function faultsOf({ faults }: ControlState): Chaos['faults'] {
  return [
    ...SWITCHES.map(([fault, values]) => {
      const on = Object.entries(values).find(([, name]) => faults.some((one) => one.name === name && one.on));
      const since = faults.find((one) => one.name === on?.[1])?.since ?? null;
      return { fault, values: Object.keys(values), value: on?.[0] ?? null, since };
    }),
    ...BUTTONS.map((fault) => ({ fault, values: ['once'], value: null, since: null })),
  ];
}

/** What has to be switched, in order; undefined when there is no such fault or value. */
export function switchesOf(
  fault: string,
  value: string | null,
): ReadonlyArray<{ readonly name: FaultName; readonly on: boolean }> | undefined {
  const values = SWITCHES.find(([name]) => name === fault)?.[1];
  if (values === undefined) return undefined;
  if (value === null) return Object.values(values).map((name) => ({ name, on: false }));
  const name = values[value];
  return name === undefined ? undefined : [{ name, on: true }];
}

/** The supervisor's name of the fault as the page has it. */
export function shownName(name: FaultName): string {
  return SWITCHES.find(([, values]) => Object.values(values).includes(name))?.[0] ?? name;
}
