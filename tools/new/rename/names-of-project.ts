import { pascal, snake } from '../names.ts';

/** What a copy of this repository is called: `@acme/shop`. */
export interface ProjectName {
  /** Of its packages, without `@`. */
  readonly scope: string;
  /** Of the repository, its containers, its Kubernetes objects, its settings and its mails. */
  readonly project: string;
}

/** Alphanumeric senders of text messages have no more. */
const SENDER_CHARACTERS_MAX = 11;

/** The name in Korean texts, which has no spelling that follows from the other. */
const KOREAN = '이벤트버스';

/** Replaces one name by another in a text or a path, in every spelling that it has. */
export function renamer(from: ProjectName, to: ProjectName): (text: string) => string {
  const spellings: [pattern: RegExp, replacement: string][] = [
    // Not the domain of an address, such as no-reply@event-bus.example.
    [new RegExp(`@${from.scope}(?![\\w.-])`, 'g'), `@${to.scope}`],
    [new RegExp(from.project, 'g'), to.project],
    [new RegExp(snake(from.project), 'g'), snake(to.project)],
    [new RegExp(snake(from.project).toUpperCase(), 'g'), snake(to.project).toUpperCase()],
    [new RegExp(`\\b${pascal(from.project)}\\b`, 'g'), pascal(to.project).slice(0, SENDER_CHARACTERS_MAX)],
    [new RegExp(`\\b${title(from.project)}\\b`, 'g'), title(to.project)],
    [new RegExp(`\\b${sentence(from.project)}\\b`, 'g'), sentence(to.project)],
    [new RegExp(KOREAN, 'g'), title(to.project)],
  ];
  return (text) => spellings.reduce((current, [pattern, replacement]) => current.replace(pattern, replacement), text);
}

/** `event-bus` → `Event Bus` */
function title(project: string): string {
  return project.replaceAll(
    /(^|-)([a-z])/g,
    (_, hyphen: string, letter: string) => `${hyphen && ' '}${letter.toUpperCase()}`,
  );
}

/** `event-bus` → `Event bus` */
function sentence(project: string): string {
  return `${project[0]!.toUpperCase()}${project.slice(1).replaceAll('-', ' ')}`;
}
