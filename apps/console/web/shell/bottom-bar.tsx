import { useState } from 'preact/hooks';
import { Dialog } from '../components/dialog.tsx';
import { Icon } from '../components/icon.tsx';
import { path } from '../router.ts';
import { viewAt } from '../views.ts';
import type { ViewName } from '../views.ts';
import { t } from '../words/words.ts';
import { DeadLetterCount, offeredViews, ViewLink } from './rail.tsx';

const FIRST: readonly ViewName[] = ['map', 'journeys', 'failures', 'mails'];

/** The rail of a phone: four views, and the others behind a sheet. */
export function BottomBar() {
  const [isOpen, setOpen] = useState(false);
  const current = viewAt(path.value)?.view;
  const others = offeredViews().filter(({ name }) => !FIRST.includes(name));
  const close = () => setOpen(false);
  return (
    <>
      <nav class="bottom" aria-label={t('app.views')}>
        {offeredViews()
          .filter(({ name }) => FIRST.includes(name))
          .map((view) => (
            <a key={view.name} href={view.patterns[0]} aria-current={view === current ? 'page' : undefined}>
              <Icon name={view.name} />
              {view.name === 'map' ? t('app.map') : t(`view.${view.name}`)}
              {view.name === 'failures' && <DeadLetterCount />}
            </a>
          ))}
        <button
          type="button"
          aria-haspopup="dialog"
          aria-current={current !== undefined && others.includes(current) ? 'page' : undefined}
          onClick={() => setOpen(true)}
        >
          <Icon name="more" />
          {t('app.more')}
        </button>
      </nav>
      {isOpen && (
        <Dialog class="sheet" title={t('app.more')} onClose={close}>
          <div onClick={close}>
            {others.map((view) => (
              <ViewLink key={view.name} view={view} />
            ))}
          </div>
        </Dialog>
      )}
    </>
  );
}
