import type { Chaos } from '../../../src/api.ts';
import { Card } from '../../components/card.tsx';
import { Segments, Toggle } from '../../components/segments.tsx';
import { age } from '../../format/format.ts';
import { now } from '../../state/clock.ts';
import { t } from '../../words/words.ts';

type Fault = Chaos['faults'][number];

export interface ChaosProps {
  readonly act: (address: string, body?: object) => Promise<void>;
}

/** Each says what it does and what to expect. */
export function Faults({ chaos, act }: ChaosProps & { readonly chaos: Chaos }) {
  const isNormal = chaos.faults.every(({ value }) => value === null);
  return (
    <Card
      title={t('chaos.faults')}
      hint={t('chaos.faults-hint')}
      aside={
        <button type="button" class="button small" disabled={isNormal} onClick={() => void act('normal')}>
          {t('chaos.all-normal')} <kbd class="wide-only">0</kbd>
        </button>
      }
    >
      {chaos.faults.map((fault) => (
        <FaultRow key={fault.fault} fault={fault} replaced={replacedBy(fault, chaos.faults)} act={act} />
      ))}
    </Card>
  );
}

/** The supervisor keeps one fault of the mail server at a time. */
function replacedBy({ fault }: Fault, faults: readonly Fault[]): Fault['fault'] | null {
  const isOfMailServer = (name: string): boolean => name.startsWith('mail-server-');
  if (!isOfMailServer(fault)) return null;
  return faults.find((one) => one.fault !== fault && one.value !== null && isOfMailServer(one.fault))?.fault ?? null;
}

interface RowProps extends ChaosProps {
  readonly fault: Fault;
  readonly replaced: Fault['fault'] | null;
}

function FaultRow({ fault, replaced, act }: RowProps) {
  const { fault: name, value, since } = fault;
  const isOn = value !== null;
  return (
    <div class={`fault ${isOn ? 'on' : ''}`}>
      <span class="name">{t(`chaos.fault-${name}`)}</span>
      <FaultControl fault={fault} set={(next) => act(`faults/${name}`, { value: next })} />
      <span class="hint">
        {isOn && since !== null && (
          <b class="red">{t('time.for', { age: age((now.value - Date.parse(since)) / 1_000) })} · </b>
        )}
        {t(`chaos.expect-${name}`)}
        {replaced !== null && ` ${t('chaos.replaces', { fault: t(`chaos.fault-${replaced}`) })}`}
      </span>
    </div>
  );
}

function FaultControl(props: { readonly fault: Fault; readonly set: (value: string | null) => Promise<void> }) {
  const { fault: name, values, value } = props.fault;
  const label = t(`chaos.fault-${name}`);
  if (values.includes('once')) {
    return (
      <button type="button" class="button small" onClick={() => void props.set('once')}>
        {t('chaos.publish')}
      </button>
    );
  }
  if (values.length === 1) {
    return <Toggle label={label} isOn={value !== null} onChange={(isOn) => void props.set(isOn ? values[0]! : null)} />;
  }
  return (
    <Segments
      label={label}
      isAlarm
      options={[{ value: '', label: t('chaos.off') }, ...values.map((each) => ({ value: each, label: each }))]}
      value={value ?? ''}
      onChange={(next) => void props.set(next === '' ? null : next)}
    />
  );
}
