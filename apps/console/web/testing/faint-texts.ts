/**
 * Runs in the browser: the texts in sight whose contrast with the ground behind them is below `least`, with their contrast.
 * What is switched off, dimmed or without a ground of one colour is not counted.
 */
export function faintTexts(least: number): readonly string[] {
  // A canvas turns every notation of a colour into its bytes.
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })!;
  // A page has few colours, and reading a pixel takes longer than all else here.
  const known = new Map<string, readonly number[]>();
  const rgba = (colour: string): readonly number[] => {
    const before = known.get(colour);
    if (before !== undefined) return before;
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const bytes = [...canvas.getImageData(0, 0, 1, 1).data];
    known.set(colour, bytes);
    return bytes;
  };
  const luminance = (bytes: readonly number[]) => {
    const [red, green, blue] = bytes.slice(0, 3).map((byte) => {
      const share = byte / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
  };
  const groundOf = (element: Element): readonly number[] | null => {
    for (let each: Element | null = element; each !== null; each = each.parentElement) {
      const { backgroundColor, opacity } = getComputedStyle(each);
      if (opacity !== '1') return null;
      const bytes = rgba(backgroundColor);
      if (bytes[3] === 255) return bytes;
    }
    return null;
  };
  const faint: string[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode() !== null) {
    const text = walker.currentNode.textContent?.trim() ?? '';
    const element = walker.currentNode.parentElement!;
    if (text === '' || element.closest('svg, :disabled, .visually-hidden, dialog:not([open])') !== null) continue;
    if (element.getClientRects().length === 0) continue;
    const ground = groundOf(element);
    if (ground === null) continue;
    const [a, b] = [luminance(rgba(getComputedStyle(element).color)), luminance(ground)];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < least) faint.push(`${text.slice(0, 40)}: ${contrast.toFixed(2)}`);
  }
  return faint;
}
