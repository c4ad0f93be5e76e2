import type { Service } from '../services/read-manifests.ts';
import { secretSettings, valueInCompose } from './names.ts';

/** The regions of infra/secrets/make-secrets.sh. */
export function secretsRegions(services: readonly Service[]): Record<string, string> {
  const cases = services.flatMap((service) => {
    const lines = secretSettings(service).map((setting) => `'${setting.name}=${valueInCompose(setting)}'`);
    return lines.length === 0 ? [] : [`    ${service.name}) printf '%s\\n' ${lines.join(' ')} ;;`];
  });
  return {
    services: [
      `readonly SERVICES='${names(services)}'`,
      '',
      '# secret_settings <service>: those that only this service has',
      'secret_settings() {',
      '  case $1 in',
      ...cases,
      '    *) ;;',
      '  esac',
      '}',
    ].join('\n'),
  };
}

/** The regions of infra/secrets/make-certificates.sh. */
export function certificatesRegions(services: readonly Service[]): Record<string, string> {
  return { services: `readonly SERVICES='${names(services)}'` };
}

/** The regions of infra/postgres/create-databases.sh. */
export function databasesRegions(services: readonly Service[]): Record<string, string> {
  return { services: `readonly DATABASES='${services.map(({ database }) => database).join(' ')}'` };
}

function names(services: readonly Service[]): string {
  return services.map(({ name }) => name).join(' ');
}
