import { Documented, emailAddress, notFound } from '@event-bus/service-kit';
import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { RequestReceiptService } from './request-receipt.service.ts';

const requestReceiptRequest = z.object({ to: emailAddress }).meta({ examples: [{ to: 'hana@example.com' }] });

@Controller('orders')
export class RequestReceiptController {
  readonly #service: RequestReceiptService;

  constructor(service: RequestReceiptService) {
    this.#service = service;
  }

  /** 202 with the id of the event; 400 naming each bad field; 404 when the order does not exist. */
  @Post(':id/receipt')
  @HttpCode(202)
  @Documented({
    summary: 'Sends a receipt to an address',
    answers: { 202: z.object({ eventId: z.string() }) },
    problems: [notFound],
  })
  async request(
    @Param('id', { schema: z.uuid() }) id: string,
    @Body({ schema: requestReceiptRequest }) { to }: z.output<typeof requestReceiptRequest>,
  ): Promise<{ eventId: string }> {
    const { id: eventId } = await this.#service.request(id, to);
    return { eventId };
  }
}
