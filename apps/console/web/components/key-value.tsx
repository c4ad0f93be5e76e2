import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { t } from '../words/words.ts';
import { Icon } from './icon.tsx';

export function KeyValue(props: {
  readonly items: ReadonlyArray<readonly [name: string, value: ComponentChildren]>;
  readonly isMono?: boolean;
}) {
  return (
    <dl class={`key-value ${props.isMono === true ? 'mono' : ''}`}>
      {props.items.map(([name, value]) => (
        <>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </>
      ))}
    </dl>
  );
}

/** Copies `text`. With children it is a button with words, without them a small sign behind what it copies. */
export function Copy({ text, children }: { readonly text: string; readonly children?: ComponentChildren }) {
  const [isCopied, setCopied] = useState(false);
  const label = t(isCopied ? 'app.copied' : 'app.copy');
  async function copy() {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 1_500);
  }
  return (
    <button
      type="button"
      class={children === undefined ? 'copy' : 'button ghost'}
      title={label}
      aria-label={children === undefined ? label : undefined}
      onClick={() => void copy()}
    >
      <Icon name={isCopied ? 'check' : 'copy'} />
      {children}
    </button>
  );
}
