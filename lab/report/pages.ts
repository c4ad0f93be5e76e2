import type { Language, Text } from '../basics/text.ts';
import type { NamedExperiment } from '../experiments/all.ts';
import type { Verdict } from '../harness/experiment.ts';
import { OWN_VERSION, SYSTEMS, SYSTEM_NAMES } from '../systems/names.ts';
import type { SystemName } from '../systems/names.ts';
import { chartOf } from './chart.ts';
import { readResult } from './results.ts';
import type { StoredResult } from './results.ts';
import { summaryOf } from './summary.ts';

const VERDICTS: Record<Verdict, Text> = {
  holds: { en: '✅ holds', ko: '✅ 성립' },
  'holds if': { en: '🟡 holds if', ko: '🟡 조건부 성립' },
  'does not hold': { en: '❌ does not hold', ko: '❌ 성립하지 않음' },
};

const WORDS = {
  title: { en: '# The lab: sentences about messaging, measured', ko: '# 랩: 메시징에 관한 문장들을 측정하다' },
  generated: {
    en: 'Generated from lab/results by `npm run lab`: what is changed by hand is lost.',
    ko: '`npm run lab`이 lab/results로부터 생성한 문서다. 손으로 고친 내용은 사라진다.',
  },
  intro: {
    en: 'Notes about message queues say what messaging gives: order, guarantees, replay, load sharing. Here each sentence is run on real brokers. A verdict comes from what was counted; every experiment also has a *sabotage*, one change with which its verdict must turn. How to run it, and how to add a sentence: [lab/README.md](../lab/README.md).',
    ko: '메시지 큐를 정리한 노트는 메시징이 순서, 전달 보장, 재생, 부하 분산을 제공한다고 말한다. 여기서는 그런 문장을 하나씩 실제 브로커에서 실행한다. 판정은 실제로 센 값으로만 내린다. 또한 모든 실험에는 *사보타주*, 즉 판정이 반드시 뒤집혀야 하는 변경이 하나씩 있다. 실행 방법과 문장을 추가하는 방법은 [lab/README.md](../lab/README.md)에 있다.',
  },
  words: {
    en: 'A message is *confirmed* when the broker has answered its sender, and *acknowledged* when the consumer has told the broker that it is done with it. What one system means by a confirmation another does not, so durations and rates compare a system with itself only. “Load” beside a run is the load average of the machine at its end: above the number of its processors figures are those of a busy machine, while verdicts depend on time in wide bounds only.',
    ko: '브로커가 보낸 쪽에 하는 확인(confirm)과 소비자가 처리를 마치고 브로커에 하는 확인(ack)을 모두 “확인”이라고 쓰며, 누가 하는지는 문장에 나온다. 확인의 의미는 시스템마다 다르므로 시간과 처리율은 같은 시스템 안에서만 비교할 수 있다. 실행 옆의 load는 실행이 끝났을 때의 load average이다. 프로세서 수보다 크면 바쁜 컴퓨터에서 잰 수치이다. 판정은 넉넉한 범위 안에서만 시간의 영향을 받는다.',
  },
  overview: {
    en: 'Each sentence has a page, with a chart, and what was done and seen on each system; “–” is not run there, for the reason on that page. The small figures are those of the chart, in the order that stands below the sentence.',
    ko: '문장마다 페이지가 있고, 거기에 차트와 시스템별로 한 일과 결과가 있다. “–”는 실행하지 않았다는 뜻이며 이유는 그 페이지에 있다. 작은 숫자는 차트의 값이며, 순서는 문장 아래에 있다.',
  },
  managed: {
    en: 'Amazon MQ is managed ActiveMQ or RabbitMQ: read their columns. Amazon SQS is run as its API, by ElasticMQ.',
    ko: 'Amazon MQ는 관리형 ActiveMQ 또는 RabbitMQ이므로 해당 열을 보면 된다. Amazon SQS는 그 API를 구현한 ElasticMQ로 실행한다.',
  },
  sentence: { en: 'Sentence', ko: '문장' },
  notRun: { en: 'not run', ko: '실행 안 함' },
  tooSimple: { en: 'Where it is too simple', ko: '단순화된 부분' },
  done: { en: 'What is done', ko: '실험 방법' },
  sabotage: { en: 'Sabotage', ko: '사보타주' },
  system: { en: 'System', ko: '시스템' },
  how: { en: 'How', ko: '방법' },
  verdict: { en: 'Verdict', ko: '판정' },
  figure: { en: 'Seen', ko: '결과' },
  run: { en: 'Run', ko: '실행' },
  ownVersion: { en: OWN_VERSION, ko: '이 저장소의 버전' },
  seed: { en: 'seed', ko: '시드' },
  quick: { en: 'size of --quick', ko: '--quick 규모' },
  systems: { en: '## Systems', ko: '## 시스템' },
  other: { en: '한국어', ko: 'English' },
  lab: { en: 'The lab', ko: '랩' },
} satisfies Record<string, Text>;

/** The content of each generated file, by its path from docs/. */
export function pagesOf(experiments: readonly NamedExperiment[]): Map<string, string> {
  const results = new Map(experiments.map((experiment) => [experiment.name, readResult(experiment)]));
  const pages = new Map<string, string>();
  for (const language of ['en', 'ko'] as const) {
    const suffix = suffixOf(language);
    const say = (text: Text): string => text[language];
    pages.set(
      `lab${suffix}.md`,
      `${[
        say(WORDS.title),
        otherLanguage('lab', language),
        say(WORDS.intro),
        say(WORDS.words),
        `${say(WORDS.overview)} ${say(WORDS.managed)}`,
        tableOf(experiments, results, language),
        say(WORDS.systems),
        SYSTEM_NAMES.map((name) => `- ${systemLine(name, language)}`).join('\n'),
        `<sub>${say(WORDS.generated)}</sub>`,
      ].join('\n\n')}\n`,
    );
    for (const experiment of experiments) {
      const result = results.get(experiment.name)!;
      pages.set(`lab/${experiment.id}${suffix}.md`, pageOf(experiment, result, language));
      pages.set(`lab/${experiment.id}${suffix}.svg`, chartOf(experiment.chart, result, language));
    }
  }
  pages.set('lab/results.json', `${JSON.stringify(summaryOf(experiments, results), undefined, 2)}\n`);
  return pages;
}

function tableOf(
  experiments: readonly NamedExperiment[],
  results: ReadonlyMap<string, StoredResult>,
  language: Language,
): string {
  const titles = SYSTEM_NAMES.map((name) => SYSTEMS[name].title);
  const rows = experiments.map((experiment) => [
    `[${experiment.id}](lab/${experiment.id}${suffixOf(language)}.md) ${experiment.claim[language]}<br><sub>${barsOf(experiment, language)}</sub>`,
    ...SYSTEM_NAMES.map((name) => cellOf(experiment, results.get(experiment.name)!, name, language)),
  ]);
  return markdownTable([WORDS.sentence[language], ...titles], rows);
}

function cellOf(experiment: NamedExperiment, result: StoredResult, name: SystemName, language: Language): string {
  const outcome = result.outcomes[name];
  if (outcome !== undefined) {
    const values = experiment.chart.bars.map(({ value }) => outcome.seen[value]?.toLocaleString('en') ?? '–');
    return `${verdictOf(outcome, language)}<br><sub>${values.join(' · ')}</sub>`;
  }
  if (experiment.run[name] === undefined) return '–';
  return WORDS.notRun[language];
}

/** What the figures in a row of the table are. */
function barsOf({ chart: { title, unit, bars } }: NamedExperiment, language: Language): string {
  const labels = bars.map(({ label }) => label[language]).join(' · ');
  return `${title[language]} (${unit[language]}): ${labels}`;
}

function pageOf(experiment: NamedExperiment, result: StoredResult, language: Language): string {
  const say = (text: Text): string => text[language];
  const suffix = suffixOf(language);
  const rows = SYSTEM_NAMES.map((name) => {
    const outcome = result.outcomes[name];
    const how = experiment.how[name]?.[language] ?? '';
    if (outcome === undefined) {
      const reason = experiment.notOffered?.[name]?.[language] ?? result.notRun[name]?.[language] ?? '';
      const text = WORDS.notRun[language];
      return [SYSTEMS[name].title, how, reason === '' ? text : `${text}: ${reason}`, '', ''];
    }
    const { version, date, seed, machine, figure, quick = false } = outcome;
    const size = quick ? `, ${say(WORDS.quick)}` : '';
    return [
      `${SYSTEMS[name].title}<br><sub>${version === OWN_VERSION ? say(WORDS.ownVersion) : version}</sub>`,
      how,
      verdictOf(outcome, language),
      say(figure),
      `<sub>${date}, ${say(WORDS.seed)} ${seed}${size}, ${machine}</sub>`,
    ];
  });
  return `${[
    `# ${experiment.id} ${say(experiment.claim)}`,
    `[${say(WORDS.lab)}](../lab${suffix}.md) · ${otherLanguage(experiment.id, language)}`,
    `**${say(WORDS.tooSimple)}.** ${say(experiment.tooSimple)}`,
    `**${say(WORDS.done)}.** ${say(experiment.method)}`,
    `**${say(WORDS.sabotage)}.** ${say(experiment.sabotage.what)}`,
    `![${say(experiment.chart.title)}](${experiment.id}${suffix}.svg)`,
    markdownTable([WORDS.system, WORDS.how, WORDS.verdict, WORDS.figure, WORDS.run].map(say), rows),
    `<sub>${say(WORDS.generated)}</sub>`,
  ].join('\n\n')}\n`;
}

/** With the reason only where it is a condition, or says what is wrong. */
function verdictOf({ verdict, reason }: { verdict: Verdict; reason: Text }, language: Language): string {
  const said = VERDICTS[verdict][language];
  if (verdict === 'holds') return said;
  return verdict === 'holds if' ? `${said} ${reason[language]}` : `${said}: ${reason[language]}`;
}

function systemLine(name: SystemName, language: Language): string {
  const { title, setting, address, note }: (typeof SYSTEMS)[SystemName] & { note?: Text } = SYSTEMS[name];
  const place = address === '' ? '' : `, \`${address}\``;
  return `**${title}**: \`${setting}\`${place}.${note === undefined ? '' : ` ${note[language]}`}`;
}

function suffixOf(language: Language): string {
  return language === 'en' ? '' : `.${language}`;
}

/** A link to the same page. */
function otherLanguage(page: string, language: Language): string {
  return `[${WORDS.other[language]}](${page}${suffixOf(language === 'en' ? 'ko' : 'en')}.md)`;
}

function markdownTable(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
