import { BEGIN_SLICE_MS, WORK_SLICE_MS } from './limits.ts';

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
  if (!hasUsed(WORK_SLICE_MS)) return false;
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

/**
 * Does the work now, as far as its first share and this turn allow, and the rest in later ones. Work that fits is done when
 * this returns. The first share is small: what is little is done soon, however many others begin something large.
 */
export function inTurns<Result>(steps: Steps<Result>): Result | Promise<Result> {
  const first = stepOn(steps, BEGIN_SLICE_MS);
  if (first) return first.value;
  return new Promise((resolve, reject) => {
    const goOn = () => {
      try {
        const result = stepOn(steps, newcomers.length > 0 ? BEGIN_SLICE_MS : WORK_SLICE_MS);
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

function stepOn<Result>(steps: Steps<Result>, sliceMs: number): { value: Result } | undefined {
  const from = performance.now();
  const leftMs = Math.min(sliceMs, WORK_SLICE_MS - usedMs);
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

function hasUsed(milliseconds: number): boolean {
  return usedMs >= milliseconds;
}

function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(takeTurn);
}

function takeTurn(): void {
  isScheduled = false;
  usedMs = 0;
  const waiting = newcomers;
  newcomers = [];
  for (const begin of waiting) begin();
  // Those begin in microtasks, so the rest of the turn comes after them.
  queueMicrotask(goOnWithUnfinished);
}
function goOnWithUnfinished(): void {
  // What is little is done before what is much goes on, which gets at least a step in every turn.
  const shareMs = newcomers.length > 0 ? BEGIN_SLICE_MS : WORK_SLICE_MS;
  usedMs = 0;
  while (unfinished.length > 0 && !hasUsed(shareMs)) {
    const goOn = unfinished.shift();
    if (goOn?.() === 'more') unfinished.push(goOn);
  }
  // What arrives on the sockets next has a share of its own: however much is unfinished, it gets on.
  usedMs = 0;
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
