import { REGEX_LENGTH_MAX, REGEX_STATES_MAX } from './limits.ts';
import { ErrorCode, KafkaError } from './wire/error-code.ts';

// Regular expressions of clients, matched in linear time. JavaScript's own backtrack: a short expression such as (a+)+b could
// take the only thread for hours. Here an expression is a list of states, as in RE2, which Kafka uses: a name is read once,
// and the states that it can be in are followed all at the same time. Syntax is RE2's as far as it concerns names of
// topics and transactional ids: a character beyond ASCII matches what matches any character, and cannot be named.

export class RegexError extends Error {
  override name = 'RegexError';
}

/** @throws {KafkaError} INVALID_REGULAR_EXPRESSION */
export function compileExpression(pattern: string): LinearRegex {
  try {
    return new LinearRegex(pattern);
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    const detail = `\`${pattern}\` is not a valid regular expression: ${error.message}.`;
    throw new KafkaError(ErrorCode.INVALID_REGULAR_EXPRESSION, detail);
  }
}

/** Reads one character of this set and goes on, goes on in either of two states, or has matched. */
type State =
  | { readonly reads: Uint8Array; readonly next: number }
  | { readonly either: number; or: number }
  | { readonly asserts: Assertion; readonly next: number }
  | 'matched';

type Assertion = 'begin' | 'end' | 'boundary' | 'no boundary';

type Node =
  | { readonly type: 'set'; readonly set: ReadonlySet<number> }
  | { readonly type: 'assert'; readonly what: Assertion }
  | { readonly type: 'all'; readonly parts: readonly Node[] }
  | { readonly type: 'any'; readonly choices: readonly Node[] }
  | { readonly type: 'repeat'; readonly node: Node; readonly from: number; readonly to: number };

const ASCII = 128;

/** Stands for each character beyond ASCII. */
const OTHER = ASCII;

/** As RE2's limit of {n,m}. */
const REPEAT_MAX = 1_000;

const NODES_MAX = 4 * REGEX_STATES_MAX;

export class LinearRegex {
  private readonly states: State[] = ['matched'];
  private readonly start: number;
  /** For each state the last position at which it was entered. */
  private readonly entered: Int32Array;
  private compiled = 0;

  /** @throws {RegexError} when it is not valid, or would need too many states */
  constructor(pattern: string) {
    if (pattern.length > REGEX_LENGTH_MAX) throw new RegexError(`longer than ${REGEX_LENGTH_MAX} characters`);
    if (/[^\0-\x7f]/.test(pattern)) throw new RegexError('characters beyond ASCII are not supported');
    this.start = this.compile(new Parser(pattern).parse(), 0);
    this.entered = new Int32Array(this.states.length);
  }

  /** Whether all of the text matches. */
  matches(text: string): boolean {
    this.entered.fill(-1);
    let current: number[] = [];
    this.enter(this.start, text, 0, current);
    for (let at = 0; at < text.length && current.length > 0; at++) {
      const code = Math.min(text.charCodeAt(at), OTHER);
      const next: number[] = [];
      for (const index of current) {
        const state = this.states[index];
        if (typeof state === 'object' && 'reads' in state && state.reads[code]) {
          this.enter(state.next, text, at + 1, next);
        }
      }
      current = next;
    }
    return current.includes(0);
  }

  /** Adds a state, and those that are reached from it without reading. */
  private enter(first: number, text: string, at: number, into: number[]): void {
    const open = [first];
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      if (this.entered[index] === at) continue;
      this.entered[index] = at;
      into.push(index);
      const state = this.states[index];
      if (typeof state !== 'object') continue;
      if ('either' in state) open.push(state.either, state.or);
      else if ('asserts' in state && holds(state.asserts, text, at)) open.push(state.next);
    }
  }

  /** The state in which the node begins, when `next` follows it. */
  private compile(node: Node, next: number): number {
    // Repetitions of nothing need no states.
    if (++this.compiled > NODES_MAX) throw new RegexError('too large');
    if (node.type === 'set') return this.add({ reads: tableOf(node.set), next });
    if (node.type === 'assert') return this.add({ asserts: node.what, next });
    if (node.type === 'all') return node.parts.reduceRight((after, part) => this.compile(part, after), next);
    if (node.type === 'any') {
      const [first, ...others] = node.choices.map((choice) => this.compile(choice, next));
      return others.reduce((either, or) => this.add({ either, or }), first ?? next);
    }
    return this.compileRepeat(node.node, node.from, node.to, next);
  }

  private compileRepeat(node: Node, from: number, to: number, next: number): number {
    let start = next;
    if (to === Infinity) {
      const loop = { either: next, or: next };
      start = this.add(loop);
      loop.or = this.compile(node, start);
    } else {
      for (let optional = from; optional < to; optional++) {
        start = this.add({ either: next, or: this.compile(node, start) });
      }
    }
    for (let required = 0; required < from; required++) start = this.compile(node, start);
    return start;
  }

  private add(state: State): number {
    if (this.states.length >= REGEX_STATES_MAX) throw new RegexError('too large');
    return this.states.push(state) - 1;
  }
}

function tableOf(set: ReadonlySet<number>): Uint8Array {
  const table = new Uint8Array(ASCII + 1);
  for (const code of set) table[code] = 1;
  return table;
}

function holds(assertion: Assertion, text: string, at: number): boolean {
  if (assertion === 'begin') return at === 0;
  if (assertion === 'end') return at === text.length;
  const isWordAt = (index: number) => WORD.has(text.charCodeAt(index));
  return (isWordAt(at - 1) !== isWordAt(at)) === (assertion === 'boundary');
}

// ── parser ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function range(from: string, to: string): number[] {
  const [first, last] = [from.charCodeAt(0), to.charCodeAt(0)];
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

const ALL: ReadonlySet<number> = new Set(Array.from({ length: ASCII + 1 }, (_, code) => code));
const DIGIT: ReadonlySet<number> = new Set(range('0', '9'));
const LOWER = range('a', 'z');
const UPPER = range('A', 'Z');
const WORD: ReadonlySet<number> = new Set([...DIGIT, ...LOWER, ...UPPER, ...range('_', '_')]);
const SPACE: ReadonlySet<number> = new Set(Array.from('\t\n\f\r ', (each) => each.charCodeAt(0)));
const PUNCTUATION = [...ALL].filter((code) => code > 32 && code < 127 && !(WORD.has(code) && code !== 95));

const CLASSES: Readonly<Record<string, ReadonlySet<number>>> = { d: DIGIT, w: WORD, s: SPACE };
const POSIX: Readonly<Record<string, Iterable<number>>> = {
  alnum: [...DIGIT, ...LOWER, ...UPPER],
  alpha: [...LOWER, ...UPPER],
  digit: DIGIT,
  lower: LOWER,
  punct: PUNCTUATION,
  space: [...SPACE, 11],
  upper: UPPER,
  word: WORD,
  xdigit: [...DIGIT, ...range('a', 'f'), ...range('A', 'F')],
};
const CONTROL: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f', v: '\v', a: '\x07' };
const ASSERTIONS: Readonly<Record<string, Assertion>> = { A: 'begin', z: 'end', b: 'boundary', B: 'no boundary' };

const EMPTY: Node = { type: 'all', parts: [] };

/** Nested groups need the stack. */
const NESTING_MAX = 100;

class Parser {
  private at = 0;
  private depth = 0;
  private ignoresCase = false;
  private readonly pattern: string;

  constructor(pattern: string) {
    this.pattern = pattern;
  }

  parse(): Node {
    const node = this.choices();
    if (this.at < this.pattern.length) throw new RegexError('unexpected )');
    return node;
  }

  private choices(): Node {
    const choices = [this.sequence()];
    while (this.skip('|')) choices.push(this.sequence());
    return choices.length === 1 ? (choices[0] as Node) : { type: 'any', choices };
  }

  private sequence(): Node {
    const parts: Node[] = [];
    while (this.at < this.pattern.length && this.peek() !== '|' && this.peek() !== ')') parts.push(this.repeated());
    return { type: 'all', parts };
  }

  private repeated(): Node {
    const node = this.atom();
    const bounds = this.quantifier();
    if (!bounds) return node;
    // Matching as few as possible first matches the same texts.
    this.skip('?');
    if (this.quantifier()) throw new RegexError('a quantifier follows another one');
    return { type: 'repeat', node, from: bounds[0], to: bounds[1] };
  }

  private quantifier(): readonly [from: number, to: number] | undefined {
    if (this.skip('*')) return [0, Infinity];
    if (this.skip('+')) return [1, Infinity];
    if (this.skip('?')) return [0, 1];
    const counted = /^\{(\d{1,4})(,(\d{0,4}))?\}/.exec(this.pattern.slice(this.at, this.at + 12));
    if (!counted) return undefined;
    this.at += counted[0].length;
    const from = Number(counted[1]);
    const to = counted[2] === undefined ? from : counted[3] ? Number(counted[3]) : Infinity;
    const isValid = from <= REPEAT_MAX && (to === Infinity || (to <= REPEAT_MAX && from <= to));
    if (!isValid) throw new RegexError(`invalid repetition ${counted[0]}`);
    return [from, to];
  }

  private atom(): Node {
    const character = this.take();
    if (character === '(') return this.group();
    if (character === '[') return { type: 'set', set: this.bracket() };
    if (character === '.') return { type: 'set', set: new Set([...ALL].filter((code) => code !== 10)) };
    if (character === '^') return { type: 'assert', what: 'begin' };
    if (character === '$') return { type: 'assert', what: 'end' };
    if (character === '*' || character === '+' || character === '?')
      throw new RegexError(`${character} repeats nothing`);
    if (character === '\\') return this.escaped();
    return this.literal(character);
  }

  private literal(character: string): Node {
    return { type: 'set', set: this.withCase([character.charCodeAt(0)]) };
  }

  private group(): Node {
    if (++this.depth > NESTING_MAX) throw new RegexError('too many nested groups');
    const { ignoresCase } = this;
    if (this.skip('?')) {
      const head = /^(P?<[A-Za-z]\w{0,99}>|([a-zA-Z]*)(-[a-zA-Z]+)?[:)])/.exec(
        this.pattern.slice(this.at, this.at + 110),
      );
      if (!head) throw new RegexError('lookaround and this kind of group are not supported');
      this.at += head[0].length;
      const [, , on = '', off = ''] = head;
      if (/[^imsU]/.test(on) || /[^imsU-]/.test(off)) throw new RegexError(`unknown flag in (?${head[0]}`);
      if (on.includes('i')) this.ignoresCase = true;
      if (off.includes('i')) this.ignoresCase = false;
      // Flags without a group hold until the end of the group around them.
      if (head[0].endsWith(')')) {
        this.depth--;
        return EMPTY;
      }
    }
    const node = this.choices();
    if (!this.skip(')')) throw new RegexError('missing )');
    this.ignoresCase = ignoresCase;
    this.depth--;
    return node;
  }

  private escaped(): Node {
    const character = this.take();
    const what = ASSERTIONS[character];
    if (what) return { type: 'assert', what };
    if (character === 'Q') return this.quoted();
    return { type: 'set', set: this.classOrCharacter(character) };
  }

  /** `\Q…\E`: all of it literally. */
  private quoted(): Node {
    const end = this.pattern.indexOf('\\E', this.at);
    const text = this.pattern.slice(this.at, end < 0 ? undefined : end);
    this.at = end < 0 ? this.pattern.length : end + 2;
    return { type: 'all', parts: Array.from(text, (character) => this.literal(character)) };
  }

  private classOrCharacter(character: string): ReadonlySet<number> {
    const set = CLASSES[character];
    if (set) return set;
    const inverse = CLASSES[character.toLowerCase()];
    if (inverse) return without(inverse);
    return this.withCase([this.escapedCharacter(character).charCodeAt(0)]);
  }

  private escapedCharacter(character: string): string {
    const control = CONTROL[character];
    if (control) return control;
    if (character === 'x') {
      const hex = /^(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{2}))/.exec(this.pattern.slice(this.at, this.at + 8));
      if (!hex) throw new RegexError('invalid \\x');
      this.at += hex[0].length;
      const code = Number.parseInt(hex[1] ?? hex[2] ?? '', 16);
      if (code >= ASCII) throw new RegexError('characters beyond ASCII are not supported');
      return String.fromCharCode(code);
    }
    if (/[a-zA-Z0-9]/.test(character)) throw new RegexError(`\\${character} is not supported`);
    return character;
  }

  private bracket(): ReadonlySet<number> {
    const isInverse = this.skip('^');
    const set = new Set<number>();
    for (let isFirst = true; isFirst || this.peek() !== ']'; isFirst = false) {
      if (this.at >= this.pattern.length) throw new RegexError('missing ]');
      for (const code of this.bracketItem()) set.add(code);
    }
    this.at++;
    const all = this.withCase(set);
    return isInverse ? without(all) : all;
  }

  private bracketItem(): Iterable<number> {
    const posix = /^\[:(\^?)([a-z]{1,10}):\]/.exec(this.pattern.slice(this.at, this.at + 15));
    if (posix) {
      const named = POSIX[posix[2] ?? ''];
      if (!named) throw new RegexError(`unknown class ${posix[0]}`);
      this.at += posix[0].length;
      return posix[1] ? without(new Set(named)) : named;
    }
    const from = this.bracketCharacter();
    if (typeof from !== 'string') return from;
    const isRange = this.peek() === '-' && this.pattern[this.at + 1] !== ']' && this.at + 1 < this.pattern.length;
    if (!isRange) return [from.charCodeAt(0)];
    this.at++;
    const to = this.bracketCharacter();
    if (typeof to !== 'string' || to < from) throw new RegexError('invalid range in []');
    return range(from, to);
  }

  private bracketCharacter(): string | ReadonlySet<number> {
    const character = this.take();
    if (character !== '\\') return character;
    const next = this.take();
    return CLASSES[next.toLowerCase()] ? this.classOrCharacter(next) : this.escapedCharacter(next);
  }

  private withCase(codes: Iterable<number>): ReadonlySet<number> {
    const set = new Set(codes);
    if (!this.ignoresCase) return set;
    for (const code of [...set]) {
      const character = String.fromCharCode(code);
      set.add(character.toLowerCase().charCodeAt(0)).add(character.toUpperCase().charCodeAt(0));
    }
    return set;
  }

  private peek(): string | undefined {
    return this.pattern[this.at];
  }

  private skip(character: string): boolean {
    if (this.peek() !== character) return false;
    this.at++;
    return true;
  }

  private take(): string {
    const character = this.peek();
    if (character === undefined) throw new RegexError('ends too early');
    this.at++;
    return character;
  }
}

function without(set: ReadonlySet<number>): ReadonlySet<number> {
  return new Set([...ALL].filter((code) => !set.has(code)));
}
