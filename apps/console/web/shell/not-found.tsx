import { path } from '../router.ts';
import { t } from '../words/words.ts';
import { SearchBox } from './search-box.tsx';

export function NotFound() {
  return (
    <section class="card">
      <div class="body stack">
        <p class="strong">{t('not-found.title')}</p>
        <p class="mono ink2">{path.value}</p>
        <p class="ink2">{t('not-found.next')}</p>
        <div class="row wrap">
          <SearchBox />
          <a class="button" href="/">
            {t('view.map')}
          </a>
        </div>
      </div>
    </section>
  );
}
