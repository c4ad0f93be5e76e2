import type { ComponentChildren } from 'preact';
import { useEffect, useErrorBoundary } from 'preact/hooks';
import { path } from '../router.ts';
import { t } from '../words/words.ts';
import { Empty } from './resource-view.tsx';

/** A sentence in place of what cannot be rendered, such as an answer of a server of another version. */
export function Boundary({ children }: { readonly children: ComponentChildren }) {
  const [error, reset] = useErrorBoundary() as [Error | undefined, () => void];
  const address = path.value;
  useEffect(() => reset(), [address, reset]);
  if (error === undefined) return <>{children}</>;
  return (
    <div class="card" role="alert">
      <Empty text={t('problem.not-shown')}>
        <code class="hint">{error.message}</code>
        <button type="button" class="button small" onClick={() => location.reload()}>
          {t('app.reload')}
        </button>
      </Empty>
    </div>
  );
}
