import { describe, expect, it } from 'vitest';
import { matchesFilter, Operation, PatternType, Permission, ResourceType } from './acl.ts';
import type { Acl } from './acl.ts';
import { Authorizer } from './authorizer.ts';

const { TOPIC, GROUP } = ResourceType;
const { READ, WRITE, DESCRIBE, ALL, ALTER_CONFIGS, DESCRIBE_CONFIGS } = Operation;
const alice = { principal: 'User:alice', host: '10.0.0.1' };

const allow = (rest: Partial<Acl>): Acl => ({
  resourceType: TOPIC,
  resourceName: 'orders',
  patternType: PatternType.LITERAL,
  principal: 'User:alice',
  host: '*',
  operation: READ,
  permissionType: Permission.ALLOW,
  ...rest,
});
const deny = (rest: Partial<Acl>): Acl => allow({ permissionType: Permission.DENY, ...rest });
const prefixed = { patternType: PatternType.PREFIXED };

function mayRead(
  acls: readonly Acl[],
  {
    topic = 'orders',
    operation = READ,
    superUsers = [],
  }: { topic?: string; operation?: number; superUsers?: string[] } = {},
) {
  const authorizer = new Authorizer(superUsers);
  authorizer.replace(acls);
  return authorizer.isAllowed(alice, operation, TOPIC, topic);
}

describe('access control', () => {
  it('allows everything while there is no entry, and denies by default once there is one', () => {
    expect(mayRead([])).toBe(true);
    expect(mayRead([allow({ principal: 'User:bob' })])).toBe(false);
    expect(mayRead([allow({ principal: 'User:bob' })], { superUsers: ['User:alice'] })).toBe(true);
  });

  it.each([
    ['an entry for the user', [allow({})], true],
    ['an entry for every user', [allow({ principal: 'User:*' })], true],
    ['an entry for all operations', [allow({ operation: ALL })], true],
    ['an entry for every topic', [allow({ resourceName: '*' })], true],
    ['an entry for topics with the prefix', [allow({ resourceName: 'ord', ...prefixed })], true],
    ['an entry for the address of the client', [allow({ host: '10.0.0.1' })], true],
    ['an entry for another address', [allow({ host: '10.0.0.2' })], false],
    ['an entry for another prefix', [allow({ resourceName: 'orders-', ...prefixed })], false],
    ['an entry for another operation', [allow({ operation: WRITE })], false],
    ['an entry for a group of that name', [allow({ resourceType: GROUP })], false],
    ['a denial beside what allows it', [allow({}), deny({ resourceName: 'o', ...prefixed })], false],
    ['a denial of every user', [allow({}), deny({ principal: 'User:*', operation: ALL })], false],
    ['a denial of another operation', [allow({}), deny({ operation: WRITE })], true],
  ])('by %s, reading is allowed or not', (_, acls, isAllowed) => {
    expect(mayRead(acls)).toBe(isAllowed);
  });

  it('lets those describe who may read, write, delete or alter, and no denial of those hides anything', () => {
    expect(mayRead([allow({})], { operation: DESCRIBE })).toBe(true);
    expect(mayRead([allow({ operation: DESCRIBE }), deny({})], { operation: DESCRIBE })).toBe(true);
    expect(mayRead([allow({ operation: DESCRIBE })])).toBe(false);
    expect(mayRead([allow({ operation: ALTER_CONFIGS })], { operation: DESCRIBE_CONFIGS })).toBe(true);
  });

  it('finds out whether there is a topic to write to', () => {
    const authorizer = new Authorizer([]);
    authorizer.replace([allow({})]);
    expect(authorizer.isAllowedToWriteSomewhere(alice)).toBe(false);
    authorizer.replace([allow({ operation: WRITE, resourceName: 'x', ...prefixed })]);
    expect(authorizer.isAllowedToWriteSomewhere(alice)).toBe(true);
  });
});

it.each([
  ['any name', { resourceNameFilter: null, patternTypeFilter: PatternType.ANY }, ['orders', '*', 'ord']],
  ['a literal name', { patternTypeFilter: PatternType.LITERAL }, ['orders']],
  ['a prefix', { resourceNameFilter: 'ord', patternTypeFilter: PatternType.PREFIXED }, ['ord']],
  ['a match', { patternTypeFilter: PatternType.MATCH }, ['orders', '*', 'ord']],
  ['another principal', { principalFilter: 'User:bob' }, []],
])('a filter by %s finds the entries', (_, filter, found) => {
  const any = { resourceTypeFilter: TOPIC, resourceNameFilter: 'orders', principalFilter: null, hostFilter: null };
  const wanted = { ...any, operation: Operation.ANY, permissionType: Permission.ANY, ...filter };
  const acls = [allow({}), allow({ resourceName: '*' }), allow({ resourceName: 'ord', ...prefixed })];
  expect(acls.filter((acl) => matchesFilter(acl, wanted)).map(({ resourceName }) => resourceName)).toEqual(found);
});
