/** More would cost a second part, or a third. */
const NAME_CHARACTERS_MAX = 20;

const characters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** A name in a text message: one line, and cut between characters as readers see them. */
export function shortName(name: string): string {
  const shown = [...characters.segment(name.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]+/gu, ' ').trim())];
  if (shown.length <= NAME_CHARACTERS_MAX) return shown.map(({ segment }) => segment).join('');
  const kept = shown.slice(0, NAME_CHARACTERS_MAX - 1).map(({ segment }) => segment);
  return `${kept.join('')}…`;
}
