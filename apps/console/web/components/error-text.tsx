import { codeOf } from '../format/format.ts';

/** A code up to here is in sight where the text is cut, on the narrowest of phones as well. */
const IN_SIGHT_CHARACTERS = 24;

/** An error in a line that is cut. Mail servers and drivers have their code at the end: it stands first. */
export function ErrorText({ text }: { readonly text: string }) {
  const code = codeOf(text);
  const isBehind = code !== null && text.indexOf(code) > IN_SIGHT_CHARACTERS;
  return (
    <span title={text}>
      {isBehind && <b>{code}</b>}
      {isBehind && ' · '}
      {text}
    </span>
  );
}
