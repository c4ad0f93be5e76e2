import pg from 'pg';
import { DATABASES } from './databases.ts';

/**
 * A role and a database of the same name for each service. Only the owner may connect: services exchange
 * events, and do not read each other's tables.
 */
export async function prepareDatabases(adminUrl: string, passwords: Readonly<Record<string, string>>): Promise<void> {
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    const { rows } = await admin.query<{ name: string }>(
      `SELECT datname AS name FROM pg_database UNION ALL SELECT 'role ' || rolname FROM pg_roles`,
    );
    const existing = new Set(rows.map(({ name }) => name));
    for (const name of DATABASES) {
      const [identifier, secret] = [pg.escapeIdentifier(name), pg.escapeLiteral(passwords[name] ?? '')];
      if (!existing.has(`role ${name}`)) await admin.query(`CREATE ROLE ${identifier} LOGIN PASSWORD ${secret}`);
      if (existing.has(name)) continue;
      // The files of a small database are written faster than the log of all its pages.
      await admin.query(`CREATE DATABASE ${identifier} OWNER ${identifier} TEMPLATE template0 STRATEGY file_copy`);
      await admin.query(`REVOKE ALL ON DATABASE ${identifier} FROM PUBLIC`);
    }
  } finally {
    await admin.end();
  }
}
