import type { ComponentChildren } from 'preact';

/** A part of a view under a heading of its own. `aside` stands at the right of the heading. */
export function Card(props: {
  readonly title: ComponentChildren;
  readonly hint?: ComponentChildren;
  readonly aside?: ComponentChildren;
  readonly class?: string;
  readonly label?: string;
  readonly children: ComponentChildren;
}) {
  return (
    <section class={`card ${props.class ?? ''}`} aria-label={props.label}>
      <header>
        <h2 class="cut">{props.title}</h2>
        {props.hint !== undefined && <span class="hint cut wide-only">{props.hint}</span>}
        {props.aside !== undefined && <span class="row push">{props.aside}</span>}
      </header>
      {props.children}
    </section>
  );
}

export function Stats({
  items,
}: {
  readonly items: ReadonlyArray<readonly [name: string, figure: ComponentChildren]>;
}) {
  return (
    <dl class="stats">
      {items.map(([name, figure]) => (
        <div key={name}>
          <dt class="name">{name}</dt>
          <dd class="figure">{figure}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A sentence that an operator must not miss, with a sign. */
export function Note(props: {
  readonly tone: 'green' | 'amber' | 'red' | 'blue';
  readonly icon: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  return (
    <div class={`note ${props.tone}`}>
      {props.icon}
      <div>{props.children}</div>
    </div>
  );
}
