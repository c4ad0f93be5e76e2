import { SECURITY_PROTOCOLS, usesTls } from './config.ts';
import type { Address, Listener, SecurityProtocol, TlsFiles } from './config.ts';

/** The texts of the options that describe listeners; '' where one is not set. */
export interface ListenerTexts {
  readonly listen: string;
  readonly advertise: string;
  readonly tlsCert: string;
  readonly tlsKey: string;
  readonly tlsCa: string;
  readonly tlsClientAuth: string;
}

export type RefuseOption = (name: string, text: string) => Error;

/** @throws what `refused` returns for an option with an invalid value */
export function parseListeners(texts: ListenerTexts, refused: RefuseOption): Listener[] {
  const listen = texts.listen.split(',').map((text) => parseListener(text, () => refused('listen', texts.listen)));
  const advertise =
    texts.advertise === ''
      ? undefined
      : texts.advertise.split(',').map((text) => parseAddress(text, () => refused('advertise', texts.advertise)));
  if (advertise && advertise.length !== listen.length) throw refused('advertise', texts.advertise);
  return listen.map((listener, index) => ({
    ...listener,
    ...(advertise && { advertise: advertise[index] }),
    ...(usesTls(listener) && { tls: parseTls(texts, refused) }),
  }));
}

/** `host:port`; an IPv6 host is in brackets. */
export function parseAddress(text: string, refused: () => Error): Address {
  const match = /^([^,]+):(\d+)$/.exec(text.trim());
  if (!match?.[1] || Number(match[2]) > 65_535) throw refused();
  return { host: match[1].replace(/^\[(.*)\]$/, '$1'), port: Number(match[2]) };
}

/** As Kafka's `listeners`: `SASL_SSL://host:port`. */
function parseListener(text: string, refused: () => Error): Listener {
  const match = /^(?:([A-Z_]+):\/\/)?(.+)$/.exec(text.trim());
  const security = match?.[1] as SecurityProtocol | undefined;
  if (!match?.[2] || (security !== undefined && !SECURITY_PROTOCOLS.includes(security))) throw refused();
  return { ...parseAddress(match[2], refused), ...(security && { security }) };
}

function parseTls({ tlsCert, tlsKey, tlsCa, tlsClientAuth }: ListenerTexts, refused: RefuseOption): TlsFiles {
  if (tlsCert === '') throw refused('tls-cert', tlsCert);
  if (tlsKey === '') throw refused('tls-key', tlsKey);
  const clientAuth = tlsClientAuth as 'required' | 'requested';
  return { certFile: tlsCert, keyFile: tlsKey, ...(tlsCa !== '' && { caFile: tlsCa, clientAuth }) };
}
