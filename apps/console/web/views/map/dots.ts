import { DOT_TRAVEL_MS, DOTS_MAX, FLASH_MS } from '../../limits.ts';
import { isPaused, onPulses } from '../../state/stream.ts';

const STILL = matchMedia('(prefers-reduced-motion: reduce)');

interface Dot {
  readonly path: SVGPathElement;
  readonly length: number;
  readonly circle: SVGCircleElement;
  readonly startedAt: number;
}

/** A dot for each record or mail that moved, along its edge, and a flash of its partition. Frames are requested only while a dot moves. */
export function startDots(drawing: SVGSVGElement, layer: SVGGElement): () => void {
  let dots: Dot[] = [];
  let request: number | null = null;

  function step(at: number) {
    dots = dots.filter((dot) => {
      const share = (at - dot.startedAt) / DOT_TRAVEL_MS;
      if (share >= 1 || !dot.path.isConnected || isPaused.value) {
        dot.circle.remove();
        return false;
      }
      const { x, y } = dot.path.getPointAtLength(dot.length * Math.max(0, share));
      dot.circle.setAttribute('transform', `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
      dot.circle.setAttribute('opacity', Math.min(1, 5 * share, 5 * (1 - share)).toFixed(2));
      return true;
    });
    request = dots.length === 0 ? null : requestAnimationFrame(step);
  }

  const stopPulses = onPulses((pulses) => {
    if (STILL.matches) return;
    for (const [index, { edge, topic, partition }] of pulses.entries()) {
      if (partition !== null && edge.startsWith('publish:')) flash(`${topic}/${partition}`);
      if (dots.length >= DOTS_MAX) continue;
      const path = drawing.querySelector<SVGPathElement>(`[data-edge="${CSS.escape(edge)}"]`);
      if (path === null) continue;
      const circle = document.createElementNS('http://www.w3.org/2000/svg', 'circle');
      circle.setAttribute('r', '2.8');
      circle.setAttribute('class', edge.startsWith('deliver:') ? 'travelling mail' : 'travelling');
      circle.setAttribute('opacity', '0');
      layer.append(circle);
      // What came in one message moved within a fifth of a second, not at once.
      const startedAt = performance.now() + (index / pulses.length) * 200;
      dots.push({ path, length: path.getTotalLength(), circle, startedAt });
    }
    if (dots.length > 0) request ??= requestAnimationFrame(step);
  });

  return () => {
    stopPulses();
    if (request !== null) cancelAnimationFrame(request);
  };
}

function flash(cell: string): void {
  const element = document.querySelector(`[data-cell="${CSS.escape(cell)}"]`);
  element?.classList.add('hit');
  setTimeout(() => element?.classList.remove('hit'), FLASH_MS);
}
