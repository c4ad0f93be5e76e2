import type { BothLanguages, LabCell, LabResults, LabSentence, LabVerdict } from '../../src/api.ts';
import { Card } from '../components/card.tsx';
import { Chip } from '../components/chip.tsx';
import type { Tone } from '../components/chip.tsx';
import { KeyValue } from '../components/key-value.tsx';
import { Empty, ResourceView } from '../components/resource-view.tsx';
import { Table } from '../components/table.tsx';
import { language } from '../preferences.ts';
import { Detail } from '../shell/detail.tsx';
import { useResource } from '../state/use-resource.ts';
import '../styles/lab.css';
import '../styles/views.css';
import type { ViewProps } from '../views.ts';
import { t } from '../words/words.ts';

type Systems = LabResults['systems'];

const TONES: Readonly<Record<LabVerdict, Tone>> = { holds: 'green', 'holds if': 'amber', 'does not hold': 'red' };

export default function LabView({ params }: ViewProps) {
  const results = useResource<LabResults>('/api/lab');
  return (
    <ResourceView resource={results}>
      {({ systems, sentences }) => {
        if (sentences.length === 0) {
          return (
            <div class="card">
              <Empty text={t('lab.none')} />
            </div>
          );
        }
        const { sentence: id } = params;
        const sentence = sentences.find((one) => one.id === id);
        return (
          <div class="stack">
            <Card title={t('view.lab')} hint={t('lab.hint')}>
              <Matrix systems={systems} sentences={sentences} current={id ?? null} />
            </Card>
            {id !== undefined && (
              <Detail key={id} label={t('lab.details')} closed="/lab" isBelow>
                {sentence === undefined ? (
                  <div class="card">
                    <Empty text={t('lab.unknown', { id })} />
                  </div>
                ) : (
                  <Sentence sentence={sentence} systems={systems} />
                )}
              </Detail>
            )}
          </div>
        );
      }}
    </ResourceView>
  );
}

function Matrix(props: {
  readonly systems: Systems;
  readonly sentences: readonly LabSentence[];
  readonly current: string | null;
}) {
  return (
    <Table
      label={t('view.lab')}
      rows={props.sentences}
      rowKey={({ id }) => id}
      href={({ id }) => `/lab/${encodeURIComponent(id)}`}
      currentKey={props.current}
      isCards
      columns={[
        {
          id: 'sentence',
          head: t('lab.sentence'),
          cell: ({ id, claim }) => (
            <>
              <span class="mono ink3">{id}</span> <b>{said(claim)}</b>
            </>
          ),
          class: 'wrap lab-sentence',
        },
        ...props.systems.map(({ name, title }) => ({
          id: name,
          head: title,
          cell: ({ cells }: LabSentence) => (
            <Outcome title={title} cell={cells.find(({ system }) => system === name)} />
          ),
          class: 'wrap lab-cell',
        })),
      ]}
    />
  );
}

function Outcome({ title, cell }: { readonly title: string; readonly cell: LabCell | undefined }) {
  return (
    <>
      <span class="narrow-only hint">{title}</span>
      <Verdict cell={cell} />
      {cell?.figure != null && <span class="hint block">{said(cell.figure)}</span>}
    </>
  );
}

function Verdict({ cell }: { readonly cell: LabCell | undefined }) {
  const verdict = cell?.verdict ?? null;
  if (verdict === null) return <span class="ink3">{t('lab.not-run')}</span>;
  const word = verdict === 'holds' ? 'lab.holds' : verdict === 'holds if' ? 'lab.holds-if' : 'lab.does-not-hold';
  return <Chip tone={TONES[verdict]}>{t(word)}</Chip>;
}

function Sentence({ sentence, systems }: { readonly sentence: LabSentence; readonly systems: Systems }) {
  return (
    <Card title={`${sentence.id} ${said(sentence.claim)}`}>
      <div class="body">
        <KeyValue
          items={[
            [t('lab.too-simple'), said(sentence.tooSimple)],
            [t('lab.method'), said(sentence.method)],
            [t('lab.sabotage'), said(sentence.sabotage)],
          ]}
        />
      </div>
      <Table
        label={t('lab.details')}
        rows={sentence.cells}
        rowKey={({ system }) => system}
        isCards
        columns={[
          {
            id: 'system',
            head: t('lab.system'),
            cell: ({ system, version }) => (
              <>
                <b>{systems.find(({ name }) => name === system)?.title ?? system}</b>{' '}
                <span class="hint">{version}</span>
              </>
            ),
            class: 'wrap',
          },
          { id: 'verdict', head: t('lab.verdict'), cell: (cell) => <Verdict cell={cell} /> },
          { id: 'figure', head: t('lab.figure'), cell: ({ figure }) => said(figure), class: 'wrap' },
          { id: 'why', head: t('lab.why'), cell: ({ why }) => said(why), class: 'wrap' },
          { id: 'how', head: t('lab.how'), cell: ({ how }) => said(how), class: 'wrap ink2' },
          { id: 'run', head: t('lab.run'), cell: ({ run }) => run, class: 'wrap ink2' },
        ]}
      />
    </Card>
  );
}

function said(text: BothLanguages | null): string {
  return text?.[language.value] ?? '';
}
