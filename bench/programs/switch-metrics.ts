import perfHooks from 'node:perf_hooks';
import { registerMessagingMetrics } from '@event-bus/messaging-client/metrics';
import type { MessagingFigures } from '@event-bus/messaging-client';
import { collectDefaultMetrics, Registry } from 'prom-client';

/** All metrics of a service, which can be switched off and on again while it runs. */
export interface SwitchedMetrics {
  readonly registry: Registry;
  /** What measures while nobody scrapes: the listener of handled records, and Node's of its collector and event loop. */
  turn(on: boolean): void;
}

/** Nobody who uses metrics switches them off, so nothing offers it: what measures is caught where it is registered. */
export function switchMetrics(figures: MessagingFigures): SwitchedMetrics {
  const registry = new Registry();
  const observers: perfHooks.PerformanceObserver[] = [];
  const histograms: Array<ReturnType<typeof perfHooks.monitorEventLoopDelay>> = [];

  const { PerformanceObserver: Observer, monitorEventLoopDelay: monitor } = perfHooks;
  perfHooks.PerformanceObserver = class extends Observer {
    constructor(callback: ConstructorParameters<typeof Observer>[0]) {
      super(callback);
      observers.push(this);
    }
  };
  perfHooks.monitorEventLoopDelay = (options) => {
    const histogram = monitor(options);
    histograms.push(histogram);
    return histogram;
  };
  collectDefaultMetrics({ register: registry });
  Object.assign(perfHooks, { PerformanceObserver: Observer, monitorEventLoopDelay: monitor });

  const { consumers } = figures;
  type Listener = Parameters<typeof consumers.onHandled>[0];
  const listen = consumers.onHandled.bind(consumers) as (listener: Listener | undefined) => void;
  let onHandled: Listener | undefined;
  consumers.onHandled = (listener) => void (onHandled = listener);
  registerMessagingMetrics(registry, figures);
  consumers.onHandled = listen;

  if (observers.length === 0 || histograms.length === 0 || onHandled === undefined) {
    throw new Error('what measures is registered in another way now: the bench would compare nothing');
  }
  const turn = (on: boolean): void => {
    listen(on ? onHandled : undefined);
    for (const observer of observers) {
      if (on) observer.observe({ entryTypes: ['gc'] });
      else observer.disconnect();
    }
    for (const histogram of histograms) histogram[on ? 'enable' : 'disable']();
  };
  turn(false);
  return { registry, turn };
}
