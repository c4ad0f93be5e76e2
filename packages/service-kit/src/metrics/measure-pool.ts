import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { Pool } from 'pg';

/** How many connections of the service's pool are used, idle and waited for; 0 until the database was opened. */
export function measurePool(registry: Registry, dataSource: DataSource): void {
  const pool = (): Pool | undefined => (dataSource.driver as PostgresDriver).master as Pool | undefined;
  const gauges = [
    new Gauge({
      name: 'db_client_connection_count',
      help: 'Connections of the database pool, by state: idle or used.',
      labelNames: ['db_client_connection_state'],
      registers: [],
      collect() {
        const { totalCount = 0, idleCount = 0 } = pool() ?? {};
        this.set({ db_client_connection_state: 'idle' }, idleCount);
        this.set({ db_client_connection_state: 'used' }, totalCount - idleCount);
      },
    }),
    new Gauge({
      name: 'db_client_connection_max',
      help: 'Connections that the database pool opens at most.',
      registers: [],
      collect() {
        this.set(pool()?.options.max ?? 0);
      },
    }),
    new Gauge({
      name: 'db_client_connection_pending_requests',
      help: 'Callers that wait for a connection of the database pool.',
      registers: [],
      collect() {
        this.set(pool()?.waitingCount ?? 0);
      },
    }),
  ];
  for (const gauge of gauges) registry.registerMetric(gauge);
}
