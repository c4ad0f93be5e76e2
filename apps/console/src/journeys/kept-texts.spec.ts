import { expect, it } from 'vitest';
import { KeptTexts } from './kept-texts.ts';

it('keeps a text once, as long as something refers to it, and then gives its number to another one', () => {
  const texts = new KeptTexts();
  const [refused, again, none, timedOut] = ['refused', 'refused', null, 'timed out'].map((text) => texts.keep(text));
  expect([again, none]).toEqual([refused, 0]);
  const { characters } = texts;
  texts.release(refused!);
  expect([texts.of(again!), texts.of(none!), texts.of(timedOut!)]).toEqual(['refused', null, 'timed out']);
  texts.release(again!);
  expect(texts.characters).toBeLessThan(characters);
  expect(texts.keep('lost')).toBe(refused);
  const anew = texts.keep('refused');
  expect([texts.of(refused!), texts.of(anew)]).toEqual(['lost', 'refused']);
  for (const number of [refused!, anew, timedOut!, none!]) texts.release(number);
  expect(texts.characters).toBe(0);
});
