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

/** Our name in Korean texts, which has no spelling that follows from the other. In pieces, so that a copy does not take its own for it. */
const KOREAN = ['이벤트', '버스'].join('');

/**
 * Replaces one name by another in a text or a path, in every spelling that it has. What is replaced is not looked at again.
 * A part of a longer name, as of `workshop`, `work-shop`, `shopId` or `shop@example.com`, is none. A name of one word may also be
 * a word of the texts, which cannot be told from it.
 */
export function renamer(from: ProjectName, to: ProjectName): (text: string) => string {
  // Of a name of one word, some are the same: the first one counts.
  const spellings: [pattern: string, replacement: string][] = [
    // Not the domain of an address, such as no-reply@event-bus.example.
    [`@${from.scope}(?![\\w.-])`, `@${to.scope}`],
    [whole(from.project), to.project],
    [whole(snake(from.project)), snake(to.project)],
    [whole(snake(from.project).toUpperCase()), snake(to.project).toUpperCase()],
    [`\\b${title(from.project)}\\b`, title(to.project)],
    [`\\b${sentence(from.project)}\\b`, sentence(to.project)],
    [`\\b${pascal(from.project)}\\b`, pascal(to.project).slice(0, SENDER_CHARACTERS_MAX)],
    [KOREAN, title(to.project)],
  ];
  const any = new RegExp(spellings.map(([pattern]) => `(${pattern})`).join('|'), 'g');
  return (text) =>
    text.replace(any, (found, ...groups: (string | undefined)[]) => spellings[groups.indexOf(found)]![1]);
}

/** What begins with the name is ours, such as a container; what only ends with it is not. */
function whole(name: string): string {
  return `(?<![A-Za-z0-9][-_]?)${name}(?![A-Za-z0-9@])`;
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
