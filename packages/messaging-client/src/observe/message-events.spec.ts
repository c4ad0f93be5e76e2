import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, describe, expect, it } from 'vitest';
import { MESSAGE_EVENT_NAMES, MessageEvents } from './message-events.ts';

const seen: Array<[string | symbol, unknown]> = [];
const note = (message: unknown, name: string | symbol): void => void seen.push([name, message]);
afterEach(() => {
  for (const name of MESSAGE_EVENT_NAMES) unsubscribe(`event-bus:${name}`, note);
  seen.length = 0;
});

describe('the diagnostics channels', () => {
  it('publish each event under its name, with what its listeners get', () => {
    const events = new MessageEvents();
    for (const name of MESSAGE_EVENT_NAMES) {
      subscribe(`event-bus:${name}`, note);
      const value = { of: name };
      events.emit(name, value as never);
      expect(seen.splice(0)).toEqual([[`event-bus:${name}`, value]]);
    }
  });

  it('make an event observed, as a listener does, and only while they are subscribed to', () => {
    const events = new MessageEvents();
    expect(events.isObserved('record.handled')).toBe(false);
    subscribe('event-bus:record.handled', note);
    expect(events.isObserved('record.handled')).toBe(true);
    unsubscribe('event-bus:record.handled', note);
    expect(events.isObserved('record.handled')).toBe(false);
    events.on('record.handled', () => undefined);
    expect(events.isObserved('record.handled')).toBe(true);
  });

  it('publish also where a listener fails', () => {
    const events = new MessageEvents();
    events.on('broker.reached', () => {
      throw new Error('a listener');
    });
    subscribe('event-bus:broker.reached', note);
    events.emit('broker.reached', { afterMs: 1 });
    expect(seen).toEqual([['event-bus:broker.reached', { afterMs: 1 }]]);
  });
});
