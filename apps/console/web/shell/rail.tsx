import { Dot } from '../components/chip.tsx';
import { Icon } from '../components/icon.tsx';
import { count } from '../format/format.ts';
import { path } from '../router.ts';
import { about } from '../state/about.ts';
import { frame } from '../state/stream.ts';
import { VIEWS, viewAt } from '../views.ts';
import type { View } from '../views.ts';
import { sourceName, whyOf } from '../words/said.ts';
import { t } from '../words/words.ts';

/** Chaos is there only where a supervisor offers it. */
export function offeredViews(): readonly View[] {
  return about.value?.hasChaos === true ? VIEWS : VIEWS.filter(({ name }) => name !== 'chaos');
}

export function Rail() {
  return (
    <nav class="rail" aria-label={t('app.views')}>
      <a class="brand" href="/">
        <svg viewBox="0 0 20 20" fill="none" aria-hidden="true">
          <rect x="1" y="1" width="18" height="18" rx="5" fill="var(--ink)" />
          <path d="M5 6.5h4M5 10h10M11 13.5h4" stroke="var(--surface)" stroke-width="1.8" stroke-linecap="round" />
        </svg>
        <span class="label">event-bus</span>
      </a>
      {offeredViews().map((view) => (
        <>
          {view.startsGroup === true && <div class="nav-gap" />}
          <ViewLink view={view} />
        </>
      ))}
      <Parts />
    </nav>
  );
}

export function ViewLink({ view, label = t(`view.${view.name}`) }: { readonly view: View; readonly label?: string }) {
  const isCurrent = viewAt(path.value)?.view === view;
  return (
    <a class="nav-link" href={view.patterns[0]} title={label} aria-current={isCurrent ? 'page' : undefined}>
      <Icon name={view.name} />
      <span class="label">{label}</span>
      {view.name === 'failures' && <DeadLetterCount />}
    </a>
  );
}

export function DeadLetterCount() {
  const open = frame.value?.deadLetters ?? 0;
  return open === 0 ? null : <span class="nav-count">{count(open)}</span>;
}

function Parts() {
  const map = frame.value?.map;
  if (map === undefined) return null;
  const ready = map.parts.filter(({ state }) => state === 'ready').length;
  const all = map.parts.length;
  const text = ready === all ? t('app.all-parts-ready', { all }) : t('app.parts-ready', { ready, all });
  const notReady = map.parts
    .filter(({ state }) => state !== 'ready')
    .map((part) => `${sourceName(part.name)}: ${whyOf(part) ?? ''}`);
  return (
    <div class="parts" title={[text, ...notReady].join('\n')}>
      <div class="row">
        <Dot tone={ready === all ? 'green' : 'red'} />
        <span class="label">{text}</span>
      </div>
      <div class="label cut">{[map.broker.kind, map.broker.address].filter((part) => part !== null).join(' · ')}</div>
    </div>
  );
}
