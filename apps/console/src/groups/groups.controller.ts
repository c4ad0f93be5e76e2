import type { GroupDescription } from '@event-bus/messaging-client/inspect';
import { Controller, Get, Inject, Param } from '@nestjs/common';
import type { Group, GroupList, GroupSummary } from '../api.ts';
import { CONFIG } from '../config.ts';
import type { ConsoleConfig } from '../config.ts';
import { CountsOfGroups } from './counts-of-groups.ts';
import { GroupWatch } from '../broker/group-watch.ts';
import { serviceOf } from '../sources/service-of-group.ts';

@Controller('api/groups')
export class GroupsController {
  readonly #watch: GroupWatch;
  readonly #counts: CountsOfGroups;
  readonly #services: ConsoleConfig['SERVICES'];

  constructor(watch: GroupWatch, counts: CountsOfGroups, @Inject(CONFIG) config: ConsoleConfig) {
    this.#watch = watch;
    this.#counts = counts;
    this.#services = config.SERVICES;
  }

  /** Without those that a tool has left behind. */
  @Get()
  async list(): Promise<GroupList> {
    const { groups, left } = await this.#watch.read();
    const shown = groups.filter(
      ({ group, members }) => members === null || members.length > 0 || this.#services.has(serviceOf(group)),
    );
    return { groups: await Promise.all(shown.map(async (group) => this.#summaryOf(group))), left };
  }

  @Get(':group')
  async one(@Param('group') name: string): Promise<Group> {
    const { groups } = await this.#watch.read([name]);
    const [group] = groups;
    return { ...(await this.#summaryOf(group!)), ...this.#detailsOf(group!) };
  }

  async #summaryOf(described: GroupDescription): Promise<GroupSummary> {
    const { group, state, members, lagRecords, lagSeconds, partitions } = described;
    return {
      group,
      state,
      members: members?.length ?? null,
      lag: Number(lagRecords),
      lagSeconds,
      trend: this.#watch.history.lagOf(group),
      ...(await this.#counts.of(group)),
      topics: [...new Set(partitions.map(({ topic }) => topic))],
    };
  }

  #detailsOf({
    group,
    members,
    partitions,
  }: GroupDescription): Pick<Group, 'memberList' | 'partitions' | 'rebalances'> {
    const { history } = this.#watch;
    const holder = (topic: string, partition: number): string | null =>
      members?.find((member) => member.partitions.some((one) => one.topic === topic && one.partition === partition))
        ?.memberId ?? null;
    return {
      memberList: (members ?? []).map((member) => ({ ...member, since: history.memberSince(member.memberId) })),
      partitions: partitions.map(({ topic, partition, committed, next, lagRecords, lagSeconds }) => ({
        topic,
        partition,
        memberId: holder(topic, partition),
        committed: committed === null ? null : String(committed),
        end: String(next),
        lag: Number(lagRecords),
        lagSeconds,
        trend: history.lagOf(group, topic, partition),
      })),
      rebalances: history.rebalancesOf(group),
    };
  }
}
