import { Controller, Get, Param } from '@nestjs/common';
import type { Contract, ContractSummary } from '../api.ts';
import { Contracts } from './contracts.ts';

@Controller('api/contracts')
export class ContractsController {
  readonly #contracts: Contracts;

  constructor(contracts: Contracts) {
    this.#contracts = contracts;
  }

  @Get()
  list(): ContractSummary[] {
    return this.#contracts.list();
  }

  @Get(':event')
  async one(@Param('event') event: string): Promise<Contract> {
    return this.#contracts.one(event);
  }
}
