import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { queryOf } from '../database/query.ts';
import { MESSAGING_OPTIONS } from '../options.ts';
import type { MessagingOptions } from '../options.ts';
import { readStats } from './read-stats.ts';
import type { Stats } from './read-stats.ts';

/** For a service's own health page or alarm: `app.get(MessagingStats).read()`. */
@Injectable()
export class MessagingStats {
  readonly #group: string;
  readonly #dataSource: DataSource;

  constructor(@Inject(MESSAGING_OPTIONS) options: MessagingOptions, dataSource: DataSource) {
    this.#group = options.service;
    this.#dataSource = dataSource;
  }

  /** By bounded queries, at each call. */
  async read(): Promise<Stats> {
    return readStats(queryOf(this.#dataSource), this.#group);
  }
}
