import type { BrokerName, BrokerUnderTest } from './broker-under-test.ts';

/** One behaviour that clients may rely on. The same assertions run on every broker. */
export interface Behaviour {
  readonly title: string;
  readonly show: (at: BrokerUnderTest) => Promise<void>;
  /** Set when one broker is known not to have it: there the same assertions have to fail. */
  readonly missing?: { readonly on: BrokerName; readonly because: string };
}

export interface Chapter {
  readonly title: string;
  readonly behaviours: readonly Behaviour[];
  /** Set when it needs a listener with TLS and logins. */
  readonly needsLogins?: true;
}

/** What a conformance test reports about itself. */
export interface ConformanceMeta {
  readonly broker: BrokerName;
  readonly chapter: string;
  readonly title: string;
  readonly isThere: boolean;
  readonly missing: Behaviour['missing'];
}
