import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import type { TryOptions, TryResult } from '../api.ts';
import { read } from '../http/read.ts';
import { burstBody, orderBody, receiptBody, signUpBody } from './try-bodies.ts';
import { TryService } from './try.service.ts';

const NEXT = 'Reload the page: it may be of another version than the server.';

@Controller('api/try')
export class TryController {
  readonly #try: TryService;

  constructor(service: TryService) {
    this.#try = service;
  }

  @Get()
  async options(): Promise<TryOptions> {
    return this.#try.options();
  }

  @Post('sign-up')
  @HttpCode(200)
  async signUp(@Body() body: unknown): Promise<TryResult> {
    return this.#try.signUp(read(signUpBody, body, NEXT));
  }

  @Post('order')
  @HttpCode(200)
  async order(@Body() body: unknown): Promise<TryResult> {
    return this.#try.order(read(orderBody, body, NEXT));
  }

  @Post('receipt')
  @HttpCode(200)
  async receipt(@Body() body: unknown): Promise<TryResult> {
    return this.#try.receipt(read(receiptBody, body, NEXT));
  }

  @Post('burst')
  @HttpCode(200)
  burst(@Body() body: unknown): TryResult {
    return this.#try.burst(read(burstBody, body, NEXT).count);
  }
}
