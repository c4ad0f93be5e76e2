import type { Chaos } from '../../../src/api.ts';
import { count } from '../../format/format.ts';
import { t } from '../../words/words.ts';
import { areaUnder, chartOf } from './chart-lines.ts';

type Points = Chaos['chart'];

/** Two rates on the left scale, the parked on the right one; while a fault is on the ground is shaded. */
export function ChaosChart({ points }: { readonly points: Points }) {
  const chart = chartOf(points);
  const last = points.at(-1);
  const text =
    last === undefined
      ? ''
      : `${t('chaos.accepted-rate')} ${count(last.acceptedPerSecond)}, ${t('chaos.mailed-rate')} ${count(last.mailedPerSecond)}, ${t('score.parked')} ${count(last.parked)}`;
  return (
    <div class="chart" role="img" aria-label={`${t('chaos.chart')}: ${text}`}>
      <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
        {chart.faults.map(([from, to]) => (
          <rect key={from} class="fault-ground" x={from} y="0" width={to - from} height="100" />
        ))}
        {[0, 50, 100].map((y) => (
          <path key={y} class="grid" d={`M0 ${y}H100`} />
        ))}
        <path class="parked area" d={areaUnder(chart.parked)} />
        <path class="parked" d={chart.parked} />
        <path class="mailed" d={chart.mailed} />
        <path class="accepted" d={chart.accepted} />
      </svg>
      {[1, 0.5, 0].map((share) => (
        <span key={share} class="scale left" style={{ top: `${(1 - share) * 100}%` }}>
          {figure(chart.rateMax * share)}
        </span>
      ))}
      {[1, 0.5, 0].map((share) => (
        <span key={share} class="scale right" style={{ top: `${(1 - share) * 100}%` }}>
          {figure(chart.parkedMax * share)}
        </span>
      ))}
      <div class="times">
        <span>{t('time.ago', { age: t('time.minutes', { n: 2 }) })}</span>
        <span>{t('time.ago', { age: t('time.minutes', { n: 1 }) })}</span>
        <span>{t('chaos.now')}</span>
      </div>
    </div>
  );
}

const figure = (value: number) => (Number.isInteger(value) ? count(value) : value.toFixed(1));

export function ChartLegend() {
  return (
    <span class="chart-legend" aria-hidden="true">
      <span>
        <i class="accepted" />
        {t('chaos.accepted-rate')}
      </span>
      <span>
        <i class="mailed" />
        {t('chaos.mailed-rate')}
      </span>
      <span>
        <i class="parked" />
        {t('score.parked')}
      </span>
    </span>
  );
}
