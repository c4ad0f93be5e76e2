import type { PagesResource } from '../state/use-pages.ts';
import { t } from '../words/words.ts';

/** Under a list that is read page by page: how many rows it shows, and the next page. Nothing when it is whole. */
export function MoreRows(props: { readonly list: PagesResource<unknown>; readonly shown: number }) {
  const { value, showMore } = props.list;
  if (value?.hasMore !== true) return null;
  return (
    <p class="foot row between">
      <span class="hint">{t(showMore === null ? 'list.narrow' : 'list.shown', { n: props.shown })}</span>
      {showMore !== null && (
        <button type="button" class="button small" onClick={showMore}>
          {t('list.more')}
        </button>
      )}
    </p>
  );
}
