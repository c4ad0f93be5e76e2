/** Drawn on a grid of 16. */
const PATHS = {
  map: 'M1.7 4a1.8 1.8 0 1 0 3.6 0 1.8 1.8 0 1 0-3.6 0M1.7 12a1.8 1.8 0 1 0 3.6 0 1.8 1.8 0 1 0-3.6 0M10.7 8a1.8 1.8 0 1 0 3.6 0 1.8 1.8 0 1 0-3.6 0M5.3 4.4l5.5 2.9M5.3 11.6l5.5-2.9',
  journeys: 'M2 4h5M5 8h6M9 12h5',
  topics: 'M2 4h12M2 8h12M2 12h12M5 2.5v3M9 6.5v3M12 10.5v3',
  groups:
    'M3.7 5.5a2.3 2.3 0 1 0 4.6 0 2.3 2.3 0 1 0-4.6 0M2 13c.4-2.6 1.9-4 4-4s3.6 1.4 4 4M10.5 3.5a2.2 2.2 0 0 1 0 4M12 9.5c1.2.5 1.9 1.7 2 3.5',
  outbox: 'M2.5 9v3.5a1 1 0 0 0 1 1h9a1 1 0 0 0 1-1V9M8 10V2.5M5 5.5l3-3 3 3',
  failures: 'M8 2l6.5 11.5h-13zM8 6.5v3M8 11.5v.1',
  mails: 'M3 3.5h10a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1M2.5 4.5l5.5 4 5.5-4',
  contracts: 'M3 2.5h8.5a1 1 0 0 1 1 1v10H4a1 1 0 0 1-1-1zM3 12.5a1 1 0 0 1 1-1h8.5M5.5 5.5H10',
  lab: 'M6 2h4M6.8 2v4.2L3 12.5a1 1 0 0 0 .9 1.5h8.2a1 1 0 0 0 .9-1.5L9.2 6.2V2M4.8 10h6.4',
  chaos: 'M9 1.5L3.5 9H8l-1 5.5L12.5 7H8z',
  search: 'M2.7 7a4.3 4.3 0 1 0 8.6 0 4.3 4.3 0 1 0-8.6 0M10.2 10.2l3.6 3.6',
  theme:
    'M5 8a3 3 0 1 0 6 0 3 3 0 1 0-6 0M8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9',
  check: 'M3 8.5l3.3 3.3L13 4.8',
  cross: 'M4 4l8 8M12 4l-8 8',
  warning: 'M8 2l6.5 11.5h-13zM8 6.5v3M8 11.5v.1',
  question: 'M5.8 6a2.2 2.2 0 1 1 3.2 2c-.7.4-1 .8-1 1.6M8 12v.1',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  play: 'M5 3.5l7 4.5-7 4.5z',
  copy: 'M6.5 5.5h6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-6a1 1 0 0 1-1-1v-6a1 1 0 0 1 1-1M10.5 3.5v-1h-8v8h1',
  external: 'M9 2.5h4.5V7M13.5 2.5l-6 6M11.5 9.5v4h-9v-9h4',
  more: 'M3 8h.1M8 8h.1M13 8h.1',
  redrive: 'M13 5.5v-3M13 5.5h-3M13 5.5A5.6 5.6 0 1 0 13.5 9',
  down: 'M4.5 6.5L8 10l3.5-3.5',
  edit: 'M3 13l.6-3L10.5 3 13 5.5l-7 7z',
  person: 'M5.5 5.5a2.5 2.5 0 1 0 5 0 2.5 2.5 0 1 0-5 0M3 13.5c.5-3 2.3-4.5 5-4.5s4.5 1.5 5 4.5',
  box: 'M2.5 5L8 2.5 13.5 5v6L8 13.5 2.5 11zM2.5 5L8 7.5 13.5 5M8 7.5v6',
  burst: 'M2 12.5L5.5 9l3 2L14 4M10 4h4v4',
  clock: 'M2.3 8a5.7 5.7 0 1 0 11.4 0 5.7 5.7 0 1 0-11.4 0M8 4.8V8l2.2 1.6',
} as const;

export type IconName = keyof typeof PATHS;

/** A decoration: the word beside it, or the label of its control, says what it means. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
