import { Dot } from '../components/chip.tsx';
import { Icon } from '../components/icon.tsx';
import { age } from '../format/format.ts';
import { useKey } from '../keyboard/keys.ts';
import { path } from '../router.ts';
import { now } from '../state/clock.ts';
import { switchTheme } from '../preferences.ts';
import { connection, isPaused, switchPause } from '../state/stream.ts';
import { viewAt } from '../views.ts';
import { switchLanguage, t } from '../words/words.ts';
import { SearchBox } from './search-box.tsx';

export function Header() {
  useKey('t', t('keys.theme'), switchTheme);
  useKey('p', t('keys.pause'), switchPause);
  return (
    <header class="header">
      <h1>{t(`view.${viewAt(path.value)?.view.name ?? 'not-found'}`)}</h1>
      <SearchBox isMain />
      <LiveButton />
      <button
        type="button"
        class="tool"
        lang={t('app.language') === 'English' ? 'en' : 'ko'}
        onClick={() => void switchLanguage()}
      >
        {t('app.language')}
      </button>
      <button type="button" class="tool" aria-label={t('app.theme')} title={t('app.theme')} onClick={switchTheme}>
        <Icon name="theme" />
      </button>
    </header>
  );
}

function LiveButton() {
  const { state, since } = connection.value;
  const text = isPaused.value
    ? t('app.paused')
    : state === 'live'
      ? t('app.live')
      : state === 'connecting'
        ? t('app.connecting')
        : t('app.reconnecting', { age: age((now.value - since) / 1_000) });
  return (
    <button
      type="button"
      class="tool"
      aria-pressed={isPaused.value}
      aria-label={`${text}. ${t('app.pause')}`}
      title={t('app.pause')}
      onClick={switchPause}
    >
      {isPaused.value ? <Icon name="pause" /> : <Dot tone={state === 'live' ? 'green' : 'amber'} />}
      <span class={state === 'reconnecting' ? '' : 'label'}>{text}</span>
    </button>
  );
}
