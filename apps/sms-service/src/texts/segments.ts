/** GSM 03.38: its default alphabet, and the characters that take two places. */
const BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const EXTENDED = '^{}\\[~]|€';

const GSM_7 = { one: 160, each: 153 };
const UCS_2 = { one: 70, each: 67 };

/**
 * In how many parts networks carry a text, and bill it: in GSM-7 if it has all of the characters, else in UCS-2. A part of several
 * says which one it is, and carries less.
 */
export function segmentsOf(text: string): number {
  let places = 0;
  for (const character of text) {
    if (EXTENDED.includes(character)) places += 2;
    else if (BASIC.includes(character)) places += 1;
    else return parts(text.length, UCS_2);
  }
  return parts(places, GSM_7);
}

function parts(places: number, { one, each }: { readonly one: number; readonly each: number }): number {
  return places <= one ? 1 : Math.ceil(places / each);
}
