import type { Locale } from '@event-bus/event-catalog';
import { html } from './html.ts';
import type { Html } from './html.ts';

/** What a template makes: everything of a mail that is words. */
export interface Letter {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** A page for mail programs: no style sheet, no script, no picture, nothing fetched from anywhere. */
export function page(locale: Locale, title: string, body: Html): string {
  return html`<!doctype html>
    <html lang="${locale}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title}</title>
      </head>
      <body style="margin:0;padding:24px;font-family:sans-serif;font-size:16px;line-height:1.6;color:#1f2328">
        ${body}
      </body>
    </html>`.source;
}

/**
 * A name, a product or any other text that was given to us as one line: control characters, line separators and marks
 * that turn a line around become spaces, so that it can neither begin a header of its own nor draw lines of its own in the text part.
 */
export function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]+/gu, ' ')
    .trim();
}
