import { t } from '../words/words.ts';

/** Said below a list that does not have all that the broker has. */
export function LeftOut({ left, command }: { readonly left: number; readonly command: 'topics' | 'groups' }) {
  return left === 0 ? null : <p class="hint">{t('list.left', { n: left, command: `npm run bus -- ${command}` })}</p>;
}
