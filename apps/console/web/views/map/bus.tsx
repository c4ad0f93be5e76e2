import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { LiveMap } from '../../../src/api.ts';
import { Card } from '../../components/card.tsx';
import { Dot } from '../../components/chip.tsx';
import { t } from '../../words/words.ts';
import { Edges } from './edges.tsx';
import { edgesOf, groupNode, MAIL, neighbours, NO_CONSUMERS, serviceNode, topicNode } from './graph.ts';
import { MapAsTable } from './map-as-table.tsx';
import { PartNotes } from './part-notes.tsx';
import { GroupNode, MailNode, NoConsumersNode, ServiceNode, TopicNode } from './nodes.tsx';

/** Who publishes, what stores it, who consumes it, who receives it; the edges move with real records. */
export function Bus({ map }: { readonly map: LiveMap }) {
  const container = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState<string | null>(null);
  const edges = edgesOf(map);
  const near = focused === null ? null : neighbours(edges, focused);
  const of = (id: string) => ({ id, isDim: near !== null && !near.has(id) });
  const services = [...new Set(map.publishers.map(({ service }) => service))];
  const look = (event: Event) => {
    const node = (event.target as Element).closest<HTMLElement>('[data-node]');
    setFocused(node?.dataset['node'] ?? null);
  };
  return (
    <Card title={t('map.title')} hint={t('map.hint')} aside={<Legend />}>
      <PartNotes map={map} />
      <div
        class="map"
        ref={container}
        onMouseOver={look}
        onFocusIn={look}
        onMouseLeave={() => setFocused(null)}
        onFocusOut={() => setFocused(null)}
      >
        <Edges container={container} edges={edges} focused={focused} isMailDown={map.mail.state === 'not-ready'} />
        <Column title={t('map.publish')}>
          {services.map((service) => (
            <li key={service}>
              <ServiceNode {...of(serviceNode(service))} map={map} service={service} />
            </li>
          ))}
        </Column>
        <Column title={t('map.store')}>
          {map.topics.map((topic) => (
            <li key={topic.topic}>
              <TopicNode {...of(topicNode(topic.topic))} topic={topic} />
            </li>
          ))}
        </Column>
        <Column title={t('map.consume')}>
          {map.groups.map((group) => (
            <li key={group.group}>
              <GroupNode {...of(groupNode(group.group))} group={group} />
            </li>
          ))}
          {edges.some(({ to }) => to === NO_CONSUMERS) && (
            <li>
              <NoConsumersNode {...of(NO_CONSUMERS)} />
            </li>
          )}
        </Column>
        <Column title={t('map.deliver')}>
          <li>
            <MailNode {...of(MAIL)} mail={map.mail} />
          </li>
        </Column>
      </div>
      <MapAsTable map={map} />
    </Card>
  );
}

function Column(props: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <div class="column">
      <h3>{props.title}</h3>
      <ul aria-label={props.title}>{props.children}</ul>
    </div>
  );
}

function Legend() {
  return (
    <span class="legend wide-only" aria-hidden="true">
      <span>
        <Dot tone="blue" />
        {t('map.record')}
      </span>
      <span>
        <Dot tone="green" />
        {t('map.mail')}
      </span>
      <span>
        <i class="bar fill-amber" />
        {t('map.lag')}
      </span>
    </span>
  );
}
