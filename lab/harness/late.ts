/** How many come after a higher number. */
export function late(numbers: readonly number[]): number {
  let highest = -1;
  let count = 0;
  for (const n of numbers) {
    if (n < highest) count++;
    else highest = n;
  }
  return count;
}

/** The same within each key, over all of them. */
export function lateInKeys(numbers: readonly number[], keyOf: (number: number) => string | undefined): number {
  return [...Map.groupBy(numbers, keyOf).values()].reduce((sum, ofKey) => sum + late(ofKey), 0);
}
