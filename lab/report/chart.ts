import type { Language } from '../basics/text.ts';
import type { Chart } from '../harness/experiment.ts';
import { SYSTEMS, SYSTEM_NAMES } from '../systems/names.ts';
import type { StoredResult } from './results.ts';

const WIDTH = 760;
const NAMES_WIDTH = 210;
const FIGURES_WIDTH = 90;
const BAR_HEIGHT = 14;
const BAR_GAP = 3;
const GROUP_GAP = 12;
const HEAD = 52;
const MARGIN = 12;

/** Distinct also without colours, as the bars of a system always come in this order. */
const COLOURS = [
  { light: '#2563eb', dark: '#60a5fa' },
  { light: '#d97706', dark: '#fbbf24' },
  { light: '#059669', dark: '#34d399' },
  { light: '#9333ea', dark: '#c084fc' },
];

/** Bars for each system. Follows the reader's light or dark colours, also as an image in a README. */
export function chartOf(chart: Chart, { outcomes }: StoredResult, language: Language): string {
  const groups = SYSTEM_NAMES.flatMap((name) => {
    const seen = outcomes[name]?.seen;
    return seen === undefined
      ? []
      : [{ title: SYSTEMS[name].title, values: chart.bars.map(({ value }) => seen[value]) }];
  });
  const highest = Math.max(1, ...groups.flatMap(({ values }) => values.map((value = 0) => value)));
  const groupHeight = chart.bars.length * (BAR_HEIGHT + BAR_GAP) + GROUP_GAP;
  const height = HEAD + groups.length * groupHeight + 4;
  const scale = (WIDTH - NAMES_WIDTH - FIGURES_WIDTH) / highest;
  const title = `${chart.title[language]} (${chart.unit[language]})`;

  const bars = groups.flatMap(({ title, values }, at) => {
    const top = HEAD + at * groupHeight;
    const middle = top + (chart.bars.length * (BAR_HEIGHT + BAR_GAP)) / 2 + 4;
    return [
      `<text class="name" x="${NAMES_WIDTH - 10}" y="${round(middle)}">${escape(title)}</text>`,
      ...values.flatMap((value, bar) => {
        if (value === undefined) return [];
        const y = top + bar * (BAR_HEIGHT + BAR_GAP);
        // What is not nothing is seen.
        const width = value === 0 ? 0 : Math.max(1, value * scale);
        return [
          `<rect class="c${bar}" x="${NAMES_WIDTH}" y="${y}" width="${round(width)}" height="${BAR_HEIGHT}" rx="2"/>`,
          `<text x="${round(NAMES_WIDTH + width + 6)}" y="${y + BAR_HEIGHT - 3}">${value.toLocaleString('en')}</text>`,
        ];
      }),
    ];
  });
  // With a ground of its own: a page may be dark where the reader's system is light.
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${-MARGIN} ${-MARGIN} ${WIDTH + 2 * MARGIN} ${height + 2 * MARGIN}" width="${WIDTH + 2 * MARGIN}" height="${height + 2 * MARGIN}" role="img" aria-label="${escape(title)}">`,
    '<style>',
    'text { font: 12px system-ui, sans-serif; fill: #1f2937 } .title { font-weight: 600; font-size: 14px } .name { text-anchor: end } .ground { fill: #ffffff }',
    COLOURS.map(({ light }, at) => `.c${at} { fill: ${light} }`).join(' '),
    `@media (prefers-color-scheme: dark) { text { fill: #e5e7eb } .ground { fill: #0d1117 } ${COLOURS.map(({ dark }, at) => `.c${at} { fill: ${dark} }`).join(' ')} }`,
    '</style>',
    `<rect class="ground" x="${-MARGIN}" y="${-MARGIN}" width="${WIDTH + 2 * MARGIN}" height="${height + 2 * MARGIN}" rx="6"/>`,
    `<text class="title" x="0" y="16">${escape(title)}</text>`,
    ...legend(chart.bars.map(({ label }) => label[language])),
    ...bars,
    '</svg>',
  ].join('\n')}\n`;
}

function legend(labels: readonly string[]): string[] {
  let x = 0;
  return labels.flatMap((label, at) => {
    const parts = [
      `<rect class="c${at}" x="${x}" y="28" width="10" height="10" rx="2"/>`,
      `<text x="${x + 15}" y="37">${escape(label)}</text>`,
    ];
    x += 40 + widthOf(label);
    return parts;
  });
}

/** Roughly, in the font of the chart: letters of Hangul are twice as wide. */
function widthOf(label: string): number {
  return label.length * 6.6 + (label.match(/[가-힣]/g)?.length ?? 0) * 5.4;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
