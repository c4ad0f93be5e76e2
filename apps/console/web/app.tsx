import type { ComponentType } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Boundary } from './components/boundary.tsx';
import { Empty } from './components/resource-view.tsx';
import { Help, isHelpOpen } from './keyboard/help.tsx';
import { useKey } from './keyboard/keys.ts';
import { navigate, path } from './router.ts';
import { BottomBar } from './shell/bottom-bar.tsx';
import { Header } from './shell/header.tsx';
import { NotFound } from './shell/not-found.tsx';
import { offeredViews, Rail } from './shell/rail.tsx';
import { Scoreboard } from './shell/scoreboard.tsx';
import { about } from './state/about.ts';
import { loadView, viewAt } from './views.ts';
import type { View, ViewProps } from './views.ts';
import { t } from './words/words.ts';

export function App() {
  useKey('?', t('keys.help'), () => (isHelpOpen.value = true));
  return (
    <>
      <a class="skip" href="#content">
        {t('app.skip')}
      </a>
      {offeredViews().map((view) => (
        <ViewKey key={view.name} view={view} />
      ))}
      <div class="app">
        <Rail />
        <div class="page">
          <Header />
          <Scoreboard />
          <CurrentView />
        </div>
      </div>
      <BottomBar />
      <Help />
    </>
  );
}

function ViewKey({ view }: { readonly view: View }) {
  useKey(`g ${view.key}`, t(`view.${view.name}`), () => navigate(view.patterns[0]));
  return null;
}

function CurrentView() {
  const found = viewAt(path.value);
  const name = found?.view.name;
  const isHidden = name === 'chaos' && about.value?.hasChaos === false;
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  useEffect(() => {
    document.title = `${t(`view.${name ?? 'not-found'}`)} · event-bus`;
    // As after loading a page: the next Tab is the view's first control.
    if (!isFirst.current) main.current?.focus({ preventScroll: true });
    isFirst.current = false;
  }, [name]);
  return (
    <main class="view" id="content" tabIndex={-1} ref={main}>
      {found === null || isHidden ? (
        <NotFound />
      ) : (
        <Boundary>
          <Loaded key={name} name={found.view.name} params={found.params} />
        </Boundary>
      )}
    </main>
  );
}

function Loaded({ name, params }: { readonly name: string; readonly params: ViewProps['params'] }) {
  const [view, setView] = useState<{ readonly Component: ComponentType<ViewProps> } | 'failed' | null>(null);
  useEffect(() => {
    loadView(name)?.().then(
      (module) => setView({ Component: module.default }),
      () => setView('failed'),
    );
  }, [name]);
  if (loadView(name) === undefined) return <NotFound />;
  if (view === null) return null;
  if (view !== 'failed') return <view.Component params={params} />;
  return (
    <Empty text={`${t('problem.unreachable')} ${t('problem.unreachable-next')}`}>
      <button type="button" class="button" onClick={() => location.reload()}>
        {t('app.retry')}
      </button>
    </Empty>
  );
}
