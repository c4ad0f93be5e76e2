const SAMPLE =
  /^([a-zA-Z_:][a-zA-Z0-9_:]*(?:\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*\})?) (-?(?:[\d.]+(?:e[+-]?\d+)?)|[+-]Inf|Nan)$/;
const COMMENT = /^# (HELP|TYPE) [a-zA-Z_:]\w* .+$/;

/**
 * The samples of a service, each under its name and labels as they are written.
 * @throws when a line is not in Prometheus' text format, or a sample is there twice
 */
export async function scrape(serviceUrl: string, signal?: AbortSignal): Promise<Map<string, number>> {
  const response = await fetch(`${serviceUrl}/metrics`, signal && { signal });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`/metrics answered ${response.status}: ${text}`);
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || COMMENT.test(line)) continue;
    const [, name, value] = SAMPLE.exec(line) ?? [];
    if (name === undefined || samples.has(name))
      throw new Error(`/metrics has a line that is invalid or repeated: ${line}`);
    samples.set(name, Number(value!.replace('Inf', 'Infinity')));
  }
  return samples;
}
