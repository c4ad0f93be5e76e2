import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import type { Chaos } from '../api.ts';
import { read } from '../http/read.ts';
import { ChaosService } from './chaos.service.ts';

const switchBody = z.strictObject({ value: z.string().nullable() });

@Controller('api/chaos')
export class ChaosController {
  readonly #chaos: ChaosService;

  constructor(chaos: ChaosService) {
    this.#chaos = chaos;
  }

  @Get()
  async read(): Promise<Chaos> {
    return this.#chaos.read();
  }

  @Post('faults/:fault')
  @HttpCode(200)
  async set(@Param('fault') fault: string, @Body() body: unknown): Promise<Chaos> {
    return this.#chaos.set(fault, read(switchBody, body, 'Send { "value": "on" }, or null for off.').value);
  }

  @Post('kill/:part')
  @HttpCode(200)
  async kill(@Param('part') part: string): Promise<Chaos> {
    return this.#chaos.kill(part);
  }

  @Post('normal')
  @HttpCode(200)
  async setNormal(): Promise<Chaos> {
    return this.#chaos.setNormal();
  }
}
