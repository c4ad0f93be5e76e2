import { z } from 'zod';

/**
 * A list of which the first item is checked. What a service answers with is of one version throughout, and to check and copy
 * thousands of rows a second takes longer than all that is done with them.
 */
export function sampled<Item extends z.ZodType>(item: Item): z.ZodType<Array<z.output<Item>>> {
  return z.custom<Array<z.output<Item>>>(
    (list) => Array.isArray(list) && (list.length === 0 || item.safeParse(list[0]).success),
    'not a list of what it should be',
  );
}
