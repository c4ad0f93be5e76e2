import { useState } from 'preact/hooks';
import type { TryOptions, TryResult } from '../../../src/api.ts';
import { Icon } from '../../components/icon.tsx';
import { ResourceView } from '../../components/resource-view.tsx';
import { Segments } from '../../components/segments.tsx';
import { count } from '../../format/format.ts';
import { useKey } from '../../keyboard/keys.ts';
import { language } from '../../preferences.ts';
import { useResource } from '../../state/use-resource.ts';
import { t } from '../../words/words.ts';
import { SignUp } from './sign-up.tsx';
import { isSettled, TryResults } from './try-results.tsx';
import { useAct } from '../../state/use-act.tsx';

const REFRESH_MS = 1_000;

/** Real requests to the services, and what came of each. */
export function TryIt() {
  const [isBusy, setBusy] = useState(true);
  const options = useResource<TryOptions>('/api/try', isBusy ? REFRESH_MS : undefined);
  const hasOpen = options.value?.results.some((result) => !isSettled(result)) ?? true;
  if (hasOpen !== isBusy) setBusy(hasOpen);
  return (
    <aside class="card try" aria-label={t('try.title')}>
      <header>
        <h2>{t('try.title')}</h2>
        <span class="hint push">{t('try.hint')}</span>
      </header>
      <SignUp onDone={options.reload} />
      <Order options={options.value} onDone={options.reload} />
      <Burst onDone={options.reload} />
      <div class="body">
        <h3>{t('try.results')}</h3>
        <ResourceView resource={options} rows={2}>
          {({ results }) => <TryResults results={results} />}
        </ResourceView>
      </div>
    </aside>
  );
}

function Order({ options, onDone }: { readonly options: TryOptions | null; readonly onDone: () => void }) {
  const members = options?.members ?? [];
  const items = options?.items ?? [];
  const [chosen, setChosen] = useState({ memberId: '', sku: '', quantity: 2 });
  const memberId = members.some((member) => member.memberId === chosen.memberId)
    ? chosen.memberId
    : members[0]?.memberId;
  const sku = items.some((item) => item.sku === chosen.sku) ? chosen.sku : items[0]?.sku;
  const order = useAct<TryResult>('/api/try/order', onDone);
  const receipt = useAct<TryResult>('/api/try/receipt', onDone);
  const canOrder = memberId !== undefined && sku !== undefined;
  const send = async () => {
    if (canOrder) await order.send({ memberId, sku, quantity: chosen.quantity, locale: language.value });
  };
  useKey('o', t('try.order'), () => void send());
  return (
    <form onSubmit={order.onSubmit(send)}>
      <label class="field">
        <span>{t('try.member')}</span>
        <select
          class="input"
          disabled={members.length === 0}
          value={memberId}
          onChange={({ currentTarget }) => setChosen({ ...chosen, memberId: currentTarget.value })}
        >
          {members.length === 0 && <option>{t('try.no-members')}</option>}
          {members.map((member) => (
            <option key={member.memberId} value={member.memberId}>
              {member.name} · {member.email}
            </option>
          ))}
        </select>
      </label>
      <div class="fields">
        <label class="field grow">
          <span>{t('try.item')}</span>
          <select
            class="input"
            value={sku}
            onChange={({ currentTarget }) => setChosen({ ...chosen, sku: currentTarget.value })}
          >
            {items.map((item) => (
              <option key={item.sku} value={item.sku}>
                {item.name[language.value]} · {item.price}
              </option>
            ))}
          </select>
        </label>
        <label class="field shorter">
          <span>{t('try.quantity')}</span>
          <input
            class="input"
            type="number"
            required
            min={1}
            max={99}
            value={chosen.quantity}
            onInput={({ currentTarget }) => setChosen({ ...chosen, quantity: currentTarget.valueAsNumber || 1 })}
          />
        </label>
      </div>
      <button type="submit" class="button" disabled={!canOrder || order.isSending}>
        <Icon name="box" />
        {t('try.order')} <kbd class="wide-only">O</kbd>
      </button>
      <button
        type="button"
        class="button ghost"
        disabled={memberId === undefined || receipt.isSending}
        onClick={() => void receipt.send({ memberId, locale: language.value })}
      >
        <Icon name="mails" />
        {t('try.receipt')}
      </button>
      {order.error}
      {receipt.error}
    </form>
  );
}

const BURSTS = ['10', '100', '1000'] as const;

function Burst({ onDone }: { readonly onDone: () => void }) {
  const [size, setSize] = useState<(typeof BURSTS)[number]>('100');
  const act = useAct<TryResult>('/api/try/burst', onDone);
  const send = () => act.send({ count: Number(size) });
  useKey('b', t('try.burst'), () => void send());
  return (
    <form onSubmit={act.onSubmit(send)}>
      <div class="field">
        <span>{t('try.burst')}</span>
        <div class="fields">
          <Segments
            label={t('try.burst')}
            options={BURSTS.map((value) => ({ value, label: count(value) }))}
            value={size}
            onChange={setSize}
          />
          <button type="submit" class="button grow" disabled={act.isSending}>
            <Icon name="burst" />
            {t('try.send')} <kbd class="wide-only">B</kbd>
          </button>
        </div>
      </div>
      {act.error}
    </form>
  );
}
