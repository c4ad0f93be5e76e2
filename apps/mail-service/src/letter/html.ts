/** HTML that needs no escaping. Created by the `html` tag only, so that escaping cannot be forgotten. */
export class Html {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

type Insertable = string | number | Html | readonly Html[];

/** html`<p>${name}</p>`: what is inserted is escaped, unless it is the result of this tag. */
export function html(literals: TemplateStringsArray, ...insertions: Insertable[]): Html {
  return new Html(literals.reduce((source, literal, i) => source + insert(insertions[i - 1]!) + literal));
}

function insert(value: Insertable): string {
  if (value instanceof Html) return value.source;
  if (typeof value === 'object') return value.map((part) => part.source).join('\n');
  return escapeHtml(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Quotes too: an insertion may be inside an attribute. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
