import type { PartEvent } from '../stack/part.ts';
import type { Stack } from '../stack/start-stack.ts';
import { done, note, seconds, trouble } from './screen.ts';

/** A start that is silent for longer looks dead. */
const SILENT_MS = 2_000;

const NAME_WIDTH = 15;

/**
 * Says what becomes of each part, and while any is missing, which.
 * @returns how to make it silent
 */
export function showStartAndRestarts(stack: Stack): () => void {
  const diedBefore = new Set<string>();

  const onPart = (name: string, event: PartEvent): void => {
    if (event.type === 'ready') {
      const { pid, definition } = stack.part(name);
      const back = diedBefore.has(name) ? 'is back after ' : '';
      done(
        `${name.padEnd(NAME_WIDTH)} ${definition.address().padEnd(22)} ${back}${seconds(event.afterMs)}, pid ${pid}`,
      );
    } else if (event.type === 'died') {
      diedBefore.add(name);
      trouble(`${name.padEnd(NAME_WIDTH)} ${event.how}; it is started again in ${event.restartInMs} ms`);
    } else if (event.type === 'moved') {
      note(`${name}: somebody has taken ${event.from}, it goes to ${event.to}`);
    }
    timer.refresh();
  };
  const onCleanedUp = (names: readonly string[]): void => note(`ended what a killed run had left: ${names.join(', ')}`);

  const sayWhoIsMissing = (): void => {
    const missing = stack.parts.filter(({ state }) => state !== 'ready').map(({ name }) => name);
    if (missing.length > 0) note(`waiting for ${missing.join(', ')}`);
    timer.refresh();
  };
  const timer = setTimeout(sayWhoIsMissing, SILENT_MS);
  let hasSaidNotWritten = false;
  const onNotWritten = ({ message }: Error): void => {
    if (!hasSaidNotWritten) trouble(`stack.json could not be written: ${message}`);
    hasSaidNotWritten = true;
  };
  stack.on('part', onPart).on('cleanedUp', onCleanedUp).on('notWritten', onNotWritten);
  return () => {
    clearTimeout(timer);
    stack.off('part', onPart).off('cleanedUp', onCleanedUp).off('notWritten', onNotWritten);
  };
}
