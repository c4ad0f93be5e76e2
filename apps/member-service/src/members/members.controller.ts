import { Documented, notFound } from '@event-bus/service-kit';
import { Controller, Get, NotFoundException, Param } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { Member, memberView, viewOfMember } from './member.entity.ts';
import type { MemberView } from './member.entity.ts';

@Controller('members')
export class MembersController {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  @Get(':id')
  @Documented({ summary: 'A member', answers: { 200: memberView }, problems: [notFound] })
  async show(@Param('id', { schema: z.uuid() }) id: string): Promise<MemberView> {
    const member = await this.#dataSource.manager.findOneBy(Member, { id });
    if (member === null) throw new NotFoundException(`Member ${id} was not found.`);
    return viewOfMember(member);
  }
}
