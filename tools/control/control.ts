import { FAULT_NAMES } from '../../apps/console/src/control.ts';
import type {
  ControlLog,
  ControlPart,
  ControlState,
  FaultName,
  FaultState,
  KilledPart,
  PublishedRecords,
} from '../../apps/console/src/control.ts';
import type { MailFault } from '../stack/mail-faults.ts';
import type { Part, PartEvent } from '../stack/part.ts';
import type { Stack } from '../stack/start-stack.ts';
import { Log } from './control-log.ts';
import { ControlProblem, unknownName } from './control-problem.ts';

/** The part that a fault stops; the faults without one are the mail server's own. */
const STOPS: Readonly<Partial<Record<FaultName, string>>> = {
  'broker-down': 'log-broker',
  'database-down': 'postgres',
};

interface PartFacts {
  since: Date;
  kills: number;
}

interface FaultFacts {
  on: boolean;
  since: Date | null;
  times: number;
}

/** Breaks parts of a stack and repairs them, and keeps what happened. Acts run one after the other. */
export class Control {
  readonly #stack: Stack;
  readonly #log = new Log();
  readonly #parts = new Map<string, PartFacts>();
  readonly #faults = new Map<FaultName, FaultFacts>(
    FAULT_NAMES.map((name) => [name, { on: false, since: null, times: 0 }]),
  );
  #last: Promise<unknown> = Promise.resolve();

  constructor(stack: Stack) {
    this.#stack = stack;
    stack.on('part', (name, event) => this.#note(name, event));
  }

  get state(): ControlState {
    return {
      parts: this.#stack.parts.map((part) => this.#described(part)),
      faults: FAULT_NAMES.map((name) => this.#faultState(name)),
      newest: this.#log.newest,
    };
  }

  logAfter(number: number): ControlLog {
    return this.#log.after(number);
  }

  /** A fault that is on already stays on since when it is. @throws ControlProblem 404 */
  async setFault(name: string, on: boolean): Promise<FaultState> {
    if (!isFaultName(name)) throw unknownName('fault', name, FAULT_NAMES);
    return this.#inTurn(async () => {
      await this.#switch(name, on);
      return this.#faultState(name);
    });
  }

  /** Switches all faults off. Resolves when the parts that they stopped are ready. */
  async setNormal(): Promise<ControlState> {
    return this.#inTurn(async () => {
      await Promise.all(FAULT_NAMES.map((name) => this.#switch(name, false)));
      return this.state;
    });
  }

  /** kill -9; the supervisor starts the part again. @throws ControlProblem 404, or 409 when it has no process */
  async kill(name: string): Promise<KilledPart> {
    const part = this.#stack.parts.find((one) => one.name === name);
    if (part === undefined) {
      throw unknownName(
        'part',
        name,
        this.#stack.parts.map((one) => one.name),
      );
    }
    const { pid } = part;
    if (pid === undefined) throw new ControlProblem(409, `${name} has no process: it is ${part.state}.`);
    this.#factsOf(name).kills += 1;
    this.#log.add({ code: 'part-killed', part: name });
    await part.kill('SIGKILL');
    return { part: name, pid };
  }

  /** Publishes the newest records of a topic once more. @throws ControlProblem 404 @throws BusProblem without a broker */
  async duplicate(topic: string, records: number): Promise<PublishedRecords> {
    // The clients of the broker are loaded when they are first needed.
    const { publishDuplicates } = await import('./publish-bad-records.ts');
    const published = await publishDuplicates(this.#stack.broker, topic, records);
    this.#log.add({ code: 'duplicates-published', topic, records: published });
    return { topic, records: published };
  }

  /** @throws ControlProblem 404 @throws BusProblem without a broker */
  async publishUnreadable(topic: string): Promise<PublishedRecords> {
    const { publishUnreadable } = await import('./publish-bad-records.ts');
    await publishUnreadable(this.#stack.broker, topic);
    this.#log.add({ code: 'unreadable-published', topic, records: 1 });
    return { topic, records: 1 };
  }

  async #switch(name: FaultName, on: boolean): Promise<void> {
    if (this.#faults.get(name)!.on === on) return;
    const stopped = STOPS[name];
    if (stopped === undefined) {
      // The mail server has one fault at a time.
      for (const other of FAULT_NAMES) if (on && isMailFault(other)) this.#noteFault(other, false);
      this.#noteFault(name, on);
      await this.#stack.mailFaults.set(on ? (name as MailFault) : null);
    } else {
      this.#noteFault(name, on);
      const part = this.#stack.part(stopped);
      await (on ? part.stop() : part.start());
    }
  }

  #noteFault(name: FaultName, on: boolean): void {
    const facts = this.#faults.get(name)!;
    if (facts.on === on) return;
    this.#faults.set(name, { on, since: new Date(), times: facts.times + (on ? 1 : 0) });
    this.#log.add({ code: on ? 'fault-on' : 'fault-off', fault: name });
  }

  #note(part: string, event: PartEvent): void {
    // It has moved while it was down; nothing about its state has changed.
    if (event.type !== 'moved') this.#factsOf(part).since = new Date();
    switch (event.type) {
      case 'started':
        return this.#log.add({ code: 'part-started', part, detail: `pid ${event.pid}` });
      case 'ready':
        return this.#log.add({ code: 'part-ready', part, afterMs: event.afterMs });
      case 'died':
        return this.#log.add({ code: 'part-ended', part, detail: event.how });
      case 'moved':
        return this.#log.add({ code: 'part-moved', part, detail: event.to });
      case 'stopped':
        return this.#log.add({ code: 'part-stopped', part, detail: event.how });
    }
  }

  #factsOf(part: string): PartFacts {
    let facts = this.#parts.get(part);
    if (facts === undefined) this.#parts.set(part, (facts = { since: new Date(), kills: 0 }));
    return facts;
  }

  #described({ name, pid, state, definition }: Part): ControlPart {
    const { since, kills } = this.#factsOf(name);
    return { name, address: definition.address(), pid: pid ?? null, state, since: since.toISOString(), kills };
  }

  #faultState(name: FaultName): FaultState {
    const { on, since, times } = this.#faults.get(name)!;
    const affected =
      name === 'mail-server-down' || !isMailFault(name) ? null : (this.#stack.mailFaults.affected.get(name) ?? 0);
    return { name, on, since: since?.toISOString() ?? null, times, affected };
  }

  async #inTurn<Result>(act: () => Promise<Result>): Promise<Result> {
    const mine = this.#last.then(act);
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}

function isFaultName(name: string): name is FaultName {
  return (FAULT_NAMES as readonly string[]).includes(name);
}

function isMailFault(name: FaultName): name is MailFault {
  return STOPS[name] === undefined;
}
