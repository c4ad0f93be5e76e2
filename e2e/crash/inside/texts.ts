import type { Passes } from './watcher.ts';

/** The requests of sms-service to the gateway go by here. */
export function watchTexts(passes: Passes): void {
  const { fetch } = globalThis;
  globalThis.fetch = async (address, options) => {
    const isText = options?.method === 'POST' && address instanceof URL && address.pathname.endsWith('/messages');
    if (isText) passes('before-text');
    const response = await fetch(address, options);
    // The gateway has taken it, and the sender has not seen the answer.
    if (isText && response.ok) passes('text-answered');
    return response;
  };
}
