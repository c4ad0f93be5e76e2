/** Nothing is loaded or run: the frame has no permissions, and its own policy allows pictures within the mail only. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

const STYLE =
  'body{margin:16px 18px;font:14px/1.6 system-ui,sans-serif;color:#1f2328;background:#fff;overflow-wrap:anywhere}';

/** HTML of a mail as its reader sees it. What it contains can do nothing. */
export function MailFrame({ html, title }: { readonly html: string; readonly title: string }) {
  const head = `<meta http-equiv="Content-Security-Policy" content="${POLICY}"><meta name="color-scheme" content="light"><style>${STYLE}</style>`;
  return (
    <iframe
      class="mail-frame"
      sandbox=""
      srcdoc={`<!doctype html>${head}${withoutActive(html)}`}
      title={title}
      referrerpolicy="no-referrer"
    />
  );
}

/**
 * Without what the frame would refuse: each refusal is an error in the browser's console, and there an operator looks for
 * errors of the page. The safety is the frame's and the policy's, not this function's.
 */
function withoutActive(html: string): string {
  // Handlers are reported as soon as they are parsed. By parts, as a pattern would look for the end of each of many tags.
  const tags = html.split('>').map((part) => {
    const at = part.indexOf('<');
    return at === -1 ? part : part.slice(0, at) + withoutHandlers(part.slice(at));
  });
  const page = new DOMParser().parseFromString(tags.join('>'), 'text/html');
  for (const element of page.querySelectorAll('script, iframe, object, embed, link, meta, base, video, audio'))
    element.remove();
  for (const element of page.querySelectorAll('*')) {
    for (const { name, value } of [...element.attributes]) {
      const isLoaded = /^(src|srcset|background|poster)$/.test(name) && !value.startsWith('data:');
      if (isLoaded || name.startsWith('on')) element.removeAttribute(name);
    }
  }
  return page.documentElement.outerHTML;
}

function withoutHandlers(tag: string): string {
  return tag.replaceAll(/[\s/]on[a-z]+\s*=\s*("[^"]*"|'[^']*'|[^\s>]*)/gi, ' ');
}
