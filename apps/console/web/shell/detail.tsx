import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useKey } from '../keyboard/keys.ts';
import { navigate } from '../router.ts';
import { t } from '../words/words.ts';

/** Of the view; it can have the focus, and has no outline. */
export function mainOfPage(): HTMLElement | null {
  return document.querySelector('main');
}

/**
 * What a row of a list opens beside it. Opened by a row it takes the focus, so that Tab goes on in it; Esc closes it, and the
 * focus goes back to the row. `closed`: the address of the list alone. `isBelow`: under the list, so that a link that opens it
 * leads to it as a row does.
 */
export function Detail(props: {
  readonly label: string;
  readonly closed: string;
  readonly isBelow?: boolean;
  readonly children: ComponentChildren;
}) {
  const element = useRef<HTMLElement>(null);
  useKey('Escape', t('keys.close'), () => navigate(props.closed));
  useEffect(() => {
    const section = element.current!;
    const opener = document.activeElement;
    const row = opener instanceof HTMLElement && opener.matches('main [data-row]') ? opener : null;
    // Nothing is taken from a field that somebody types in.
    const isLed = props.isBelow === true && (opener === document.body || opener === mainOfPage());
    if (row === null && !isLed) return undefined;
    section.focus({ preventScroll: true });
    section.scrollIntoView({ block: 'nearest' });
    return () => {
      queueMicrotask(() => {
        // Nothing has it once the section has left the page, unless another row was opened.
        if (document.activeElement === document.body) (row?.isConnected === true ? row : mainOfPage())?.focus();
      });
    };
  }, []);
  return (
    <section ref={element} class="detail" aria-label={props.label} tabIndex={-1}>
      {props.children}
    </section>
  );
}
