import type { Service } from '../services/read-manifests.ts';

const HEADINGS = { en: ['port', 'what', ''], ko: ['포트', '대상', ''] } as const;

/** The regions of a README. */
export function readmeRegions(services: readonly Service[], language: 'en' | 'ko'): Record<string, string> {
  const rows = services.map(({ port, name, description }) => [String(port), name, description[language]]);
  return { services: ['', ...[HEADINGS[language], ['---', '---', '---'], ...rows].map(row), ''].join('\n') };
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** The regions of .devcontainer/devcontainer.json. */
export function devcontainerRegions(services: readonly Service[]): Record<string, string> {
  return {
    ports: services.map(({ port }) => `    ${port},`).join('\n'),
    labels: services.map(({ port, name }) => `    "${port}": { "label": "${name}" },`).join('\n'),
  };
}
