/** Reads anew so long after the last time; who asks meanwhile gets the same answer. undefined: it could not be read. */
export function atMostEvery<Answer>(
  milliseconds: number,
  read: () => Promise<Answer>,
): () => Promise<Answer | undefined> {
  let readAt = Number.NEGATIVE_INFINITY;
  let latest: Promise<Answer | undefined> = Promise.resolve(undefined);
  let isReading = false;
  return () => {
    if (!isReading && performance.now() - readAt >= milliseconds) {
      isReading = true;
      latest = read()
        .catch(() => undefined)
        .finally(() => {
          isReading = false;
          readAt = performance.now();
        });
    }
    return latest;
  };
}
