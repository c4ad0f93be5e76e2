/** Nothing is loaded or run: the frame has no permissions, and its own policy allows pictures of the mail itself only. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/** HTML of a mail as its reader sees it. What it contains can do nothing. */
export function MailFrame({ html, title }: { readonly html: string; readonly title: string }) {
  const page = `<!doctype html><meta http-equiv="Content-Security-Policy" content="${POLICY}"><meta name="color-scheme" content="light">${html}`;
  return <iframe class="mail-frame" sandbox="" srcdoc={page} title={title} referrerpolicy="no-referrer" />;
}
