import type { Locale } from '@event-bus/event-catalog';
import { html } from './html.ts';
import type { Html } from './html.ts';

/** The result of a template: the texts of a mail. */
export interface Letter {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** A page for mail programs: no style sheet, script, picture or other external content. */
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
 * For a name or other text that must be one line: control characters, line separators and characters that change the
 * direction of text become spaces, so that it can inject neither a header nor a line of the text part.
 */
export function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]+/gu, ' ')
    .trim();
}
