import { useState } from 'preact/hooks';
import type { Contract, FieldRule } from '../../../src/api.ts';
import { Card, Stats } from '../../components/card.tsx';
import { Chip } from '../../components/chip.tsx';
import { Icon } from '../../components/icon.tsx';
import { Json } from '../../components/json.tsx';
import { Copy } from '../../components/key-value.tsx';
import { Segments } from '../../components/segments.tsx';
import { Table } from '../../components/table.tsx';
import { Ago } from '../../components/time.tsx';
import { count } from '../../format/format.ts';
import { t } from '../../words/words.ts';

type Version = Contract['perVersion'][number];
type Field = Version['fields'][number];

export function ContractCard({ contract }: { readonly contract: Contract }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const newest = contract.perVersion.at(-1)!;
  const version = contract.perVersion.find((one) => String(one.version) === chosen) ?? newest;
  return (
    <div class="stack">
      <Card title={contract.event} aside={<Chip>{t(`contract.${contract.kind}`)}</Chip>}>
        <div class="body stack">
          <p class="ink2" lang="en">
            {contract.description}
          </p>
          <Flow contract={contract} />
        </div>
        <Stats
          items={[
            [t('topic.key'), contract.keyField || '–'],
            [t('topic.partitions'), count(contract.partitions)],
            [t('topic.records'), count(contract.records)],
            [t('contract.last'), version.lastRecordAt === null ? '–' : <Ago at={version.lastRecordAt} />],
            [t('contract.understood-by'), version.understoodBy.join(', ') || t('map.no-consumers')],
          ]}
        />
        {contract.perVersion.length > 1 && (
          <div class="body">
            <Segments
              label={t('contract.version')}
              options={contract.perVersion.map((one) => ({ value: String(one.version), label: `v${one.version}` }))}
              value={String(version.version)}
              onChange={setChosen}
            />
          </div>
        )}
        <Fields version={version} />
        <p class="foot hint row wrap">
          <span class="mono">{contract.sourceFile}</span>
          {contract.links.map(({ label, href }) => (
            <a key={href} class="link row" href={href} target="_blank" rel="noreferrer">
              {label}
              <Icon name="external" />
            </a>
          ))}
        </p>
      </Card>
      <div class="halves">
        <JsonCard title={t('contract.example')} value={version.example} />
        <JsonCard title="JSON Schema" value={version.schema} />
      </div>
    </div>
  );
}

function Flow({ contract }: { readonly contract: Contract }) {
  const services = (names: readonly string[]) => names.map((name) => <Chip key={name}>{name}</Chip>);
  return (
    <div class="row wrap">
      {contract.publishedBy.length === 0 ? <span class="ink3">–</span> : services(contract.publishedBy)}
      <span class="ink3">→</span>
      <a class="link strong" href={`/topics/${encodeURIComponent(contract.topic)}`}>
        {contract.topic}
      </a>
      <span class="ink3">→</span>
      {contract.consumedBy.length === 0 ? (
        <span class="ink3">{t('map.no-consumers')}</span>
      ) : (
        services(contract.consumedBy)
      )}
    </div>
  );
}

function Fields({ version }: { readonly version: Version }) {
  return (
    <Table
      label={t('contract.fields')}
      rows={version.fields}
      rowKey={({ name }) => name}
      isCards
      columns={[
        {
          id: 'name',
          head: t('contract.field'),
          cell: ({ name, isKey, isRequired }) => (
            <span class="row">
              <b>{name}</b>
              {isKey && <Chip>{t('topic.key')}</Chip>}
              {!isRequired && <Chip>{t('contract.optional')}</Chip>}
            </span>
          ),
        },
        { id: 'type', head: t('contract.type'), cell: ({ type }) => type, class: 'mono ink2' },
        { id: 'rule', head: t('contract.rule'), cell: (field) => <Rules field={field} />, class: 'ink2 wrap' },
      ]}
    />
  );
}

/** The rules in the page's language; what the author writes about the field is shown as it is. */
function Rules({ field: { rules, description } }: { readonly field: Field }) {
  return (
    <>
      {rules.map(ruleText).join(', ')}
      {description !== null && (
        <span class="block" lang="en">
          {description}
        </span>
      )}
    </>
  );
}

function ruleText(rule: FieldRule): string {
  if (rule.kind === 'one-of') return rule.values.join(' | ');
  if (rule.kind === 'value') return `= ${rule.value}`;
  const from = rule.from === null ? '' : count(rule.from);
  const to = rule.to === null ? '' : count(rule.to);
  const range = to === '' ? `≥ ${from}` : from === '' ? `≤ ${to}` : `${from}–${to}`;
  return rule.kind === 'number' ? range : t(`contract.rule-${rule.kind}`, { range });
}

function JsonCard({ title, value }: { readonly title: string; readonly value: object }) {
  const text = JSON.stringify(value, null, 2);
  return (
    <Card title={title} class="json" aside={<Copy text={text} />}>
      <div class="body">
        <Json text={text} />
      </div>
    </Card>
  );
}
