import type { PartEvent } from '../stack/part.ts';
import type { Stack } from '../stack/start-stack.ts';
import { done, note, seconds, trouble } from './screen.ts';

/** A start that prints nothing for longer looks stuck. */
const SILENT_MS = 2_000;

/** After the first line, what is still missing is no news. */
const REPEAT_MS = 10_000;

const NAME_WIDTH = 15;

/**
 * Shows when each part is ready, dies and is back, and which parts are still missing.
 * @returns a function that stops it
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
      trouble(`${name.padEnd(NAME_WIDTH)} ${event.how}; restarting in ${event.restartInMs} ms`);
    } else if (event.type === 'moved') {
      note(`${name}: ${event.from} is taken by another process, moving to ${event.to}`);
    }
    timer.refresh();
  };
  const onCleanedUp = (names: readonly string[]): void =>
    note(`ended the processes of a killed run: ${names.join(', ')}`);

  const showMissing = (): void => {
    const missing = stack.parts.filter(({ state }) => state !== 'ready').map(({ name }) => name);
    if (missing.length > 0) note(`waiting for ${missing.join(', ')}`);
    timer = setTimeout(showMissing, REPEAT_MS);
  };
  let timer = setTimeout(showMissing, SILENT_MS);
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
