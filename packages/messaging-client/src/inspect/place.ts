/** A position in a partition. */
export type Place =
  | { readonly kind: 'offset'; readonly offset: bigint }
  | { readonly kind: 'time'; readonly time: Date }
  | { readonly kind: 'start' | 'end' };
