import { InTurn } from './in-turn.ts';
import type { Consumer } from './system.ts';

/**
 * Reads what is there and handles it, `atOnce` at the same time, then reads again. What goes wrong ends it, and is told to the one who
 * stops it.
 */
export function poll<Item>(
  atOnce: number,
  read: () => Promise<readonly Item[]>,
  handle: (item: Item) => Promise<void>,
): Consumer {
  const stopping = new AbortController();
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      const items = await read();
      const inTurn = new InTurn(atOnce);
      await Promise.all(
        items.map(
          async (item) =>
            new Promise<void>((resolve, reject) => {
              inTurn.add(async () => handle(item).then(resolve, reject));
            }),
        ),
      );
    }
  })();
  // Until it is stopped no rejection may be without a listener.
  loop.catch(() => {});
  return {
    stop: async () => {
      stopping.abort();
      await loop;
    },
  };
}
