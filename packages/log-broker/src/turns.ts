import { WORK_SLICE_MS } from './limits.ts';

// The process has one thread. What takes long for one client is done in slices, a slice in each turn of the event loop, and
// what others ask is answered in between.

/** Work cut into steps that take well below a millisecond each. */
export type Steps<Result> = Generator<undefined, Result, undefined>;

/** Begun and not finished, in the order in which they go on: each until it is done or the turn is over. */
const unfinished: (() => 'done' | 'more')[] = [];
/** Those that wait for the next turn to begin something. */
let newcomers: (() => void)[] = [];

/**
 * Work since the last turn that is known to have begun. Turns with little in them are not told apart: noticing each would
 * cost more than what is done in it.
 */
let usedMs = 0;
let isScheduled = false;

/** Whether this turn has had its share of work: what is not begun yet belongs in a later one. */
export function isTurnOver(): boolean {
  if (usedMs < WORK_SLICE_MS) return false;
  schedule();
  return true;
}

/** Resolves in the next turn. There may be many who waited for it, so it can be over again when one's own time comes. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    newcomers.push(resolve);
    schedule();
  });
}

/** Does the work now, as far as this turn allows, and the rest in later ones. Work that fits is done when this returns. */
export function inTurns<Result>(steps: Steps<Result>): Result | Promise<Result> {
  const first = stepOn(steps);
  if (first) return first.value;
  return new Promise((resolve, reject) => {
    const goOn = () => {
      try {
        const result = stepOn(steps);
        if (!result) return 'more';
        resolve(result.value);
      } catch (error) {
        reject(error);
      }
      return 'done';
    };
    unfinished.push(goOn);
    schedule();
  });
}

/** All of it at once, where there is nobody to wait: in tools and tests. */
export function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

function stepOn<Result>(steps: Steps<Result>): { value: Result } | undefined {
  const from = performance.now();
  const leftMs = WORK_SLICE_MS - usedMs;
  try {
    do {
      const step = steps.next();
      if (step.done) return { value: step.value };
    } while (performance.now() - from < leftMs);
    return undefined;
  } finally {
    usedMs += performance.now() - from;
  }
}

function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(takeTurn);
}

function takeTurn(): void {
  isScheduled = false;
  usedMs = 0;
  while (unfinished.length > 0 && !isTurnOver()) {
    const goOn = unfinished.shift();
    if (goOn?.() === 'more') unfinished.push(goOn);
  }
  // Newcomers and what arrives on the sockets next have a share of their own: however much is unfinished, they get on.
  usedMs = 0;
  const waiting = newcomers;
  newcomers = [];
  for (const begin of waiting) begin();
  if (unfinished.length > 0) schedule();
}

/** Each item in a step of its own. */
export function* eachInSteps<Item, Result>(items: Iterable<Item>, work: (item: Item) => Result): Steps<Result[]> {
  const results: Result[] = [];
  for (const item of items) {
    results.push(work(item));
    yield;
  }
  return results;
}
