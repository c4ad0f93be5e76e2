// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';
import { match, navigate, path, query, setQuery, withQuery } from './router.ts';

describe('the addresses of the console', () => {
  it.each([
    ['/', '/', {}],
    ['/topics', '/topics/', {}],
    ['/topics/:topic', '/topics/member', { topic: 'member' }],
    [
      '/topics/:topic/:partition/:offset',
      '/topics/member/4/9007199254740993',
      { topic: 'member', partition: '4', offset: '9007199254740993' },
    ],
    ['/journeys/:eventId', '/journeys/a%2Fb', { eventId: 'a/b' }],
    ['/journeys/:eventId', '/journeys/%E0%A4%A', { eventId: '%E0%A4%A' }],
  ])('%s matches %s', (pattern, address, values) => {
    expect(match(pattern, address)).toEqual(values);
  });

  it.each([
    ['/topics', '/topics/member'],
    ['/topics/:topic', '/topics/'],
    ['/topics/:topic', '/groups/member'],
  ])('%s does not match %s', (pattern, address) => {
    expect(match(pattern, address)).toBeNull();
  });

  it('keep the other parameters when one is set, and lose one that is set to nothing', () => {
    navigate('/failures/dead?group=mail-service&reason=invalid');
    setQuery({ event: 'member.signed-up' });
    expect(query.value.toString()).toBe('group=mail-service&reason=invalid&event=member.signed-up');
    setQuery({ group: null, event: '' });
    expect(location.search).toBe('?reason=invalid');
    expect(withQuery({ reason: null })).toBe('/failures/dead');
    expect(path.value).toBe('/failures/dead');
  });
});
