import type { LiveMap } from '../../../src/api.ts';
import { perSecond } from '../../format/format.ts';
import { t } from '../../words/words.ts';
import { edgesOf, MAIL, NO_CONSUMERS } from './graph.ts';

/** The map for those who do not see it. */
export function MapAsTable({ map }: { readonly map: LiveMap }) {
  return (
    // A table itself would stay as wide as its words.
    <div class="visually-hidden">
      <table>
        <caption>{t('map.as-text')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('map.from')}</th>
            <th scope="col">{t('map.to')}</th>
            <th scope="col">{t('map.rate')}</th>
          </tr>
        </thead>
        <tbody>
          {edgesOf(map).map(({ id, from, to, perSecond: rate }) => (
            <tr key={id}>
              <td>{nodeName(from)}</td>
              <td>{nodeName(to)}</td>
              <td>{perSecond(rate)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function nodeName(node: string): string {
  if (node === MAIL) return t('map.mail-server');
  if (node === NO_CONSUMERS) return t('map.no-consumers');
  return node.slice(node.indexOf(':') + 1);
}
