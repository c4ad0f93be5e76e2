import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { perSecond } from '../../format/format.ts';
import { draw } from './layout.ts';
import type { Box, Drawn } from './layout.ts';
import type { Edge } from './graph.ts';
import { startDots } from './dots.ts';

const UPRIGHT = matchMedia('(max-width: 720px)');

/** One drawing beneath the nodes, computed again when they move or change size. */
export function Edges(props: {
  readonly container: RefObject<HTMLElement | null>;
  readonly edges: readonly Edge[];
  readonly focused: string | null;
  readonly isMailDown: boolean;
}) {
  const boxes = useBoxes(props.container, props.edges.map(({ id }) => id).join());
  const dots = useRef<SVGGElement>(null);
  const drawing = useRef<SVGSVGElement>(null);
  useLayoutEffect(() => startDots(drawing.current!, dots.current!), []);
  const drawn = draw(props.edges, boxes, UPRIGHT.matches);
  const isDim = ({ edge }: Drawn) => props.focused !== null && edge.from !== props.focused && edge.to !== props.focused;
  return (
    <svg class="edges" aria-hidden="true" ref={drawing}>
      {drawn.map((each) => (
        <path
          key={each.edge.id}
          data-edge={each.edge.id}
          class={`edge ${look(each.edge, props.isMailDown)} ${isDim(each) ? 'dim' : ''}`}
          d={each.d}
          stroke-width={(1.25 + Math.log2(1 + (each.edge.perSecond ?? 0)) * 0.55).toFixed(2)}
        />
      ))}
      <g ref={dots} />
      {!UPRIGHT.matches &&
        drawn
          .filter(({ edge }) => edge.perSecond !== null && edge.perSecond > 0)
          .map((each) => (
            <g
              key={each.edge.id}
              class={`edge-label ${isDim(each) ? 'dim' : ''}`}
              transform={`translate(${each.x.toFixed(1)} ${each.y.toFixed(1)})`}
            >
              <rect x="-16" y="-9" width="32" height="18" rx="4" />
              <text y="4">{perSecond(each.edge.perSecond)}</text>
            </g>
          ))}
    </svg>
  );
}

function look({ kind, perSecond: rate }: Edge, isMailDown: boolean): string {
  if (kind === 'deliver' && isMailDown) return 'broken';
  return kind === 'none' || rate === null || rate === 0 ? 'idle' : '';
}

/** Where the nodes stand in the container. */
function useBoxes(container: RefObject<HTMLElement | null>, nodes: string): ReadonlyMap<string, Box> {
  const [boxes, setBoxes] = useState<ReadonlyMap<string, Box>>(new Map());
  useLayoutEffect(() => {
    const element = container.current!;
    function measure() {
      const origin = element.getBoundingClientRect();
      const measured = new Map<string, Box>();
      for (const node of element.querySelectorAll<HTMLElement>('[data-node]')) {
        const { left, top, width, height } = node.getBoundingClientRect();
        measured.set(node.dataset['node']!, { left: left - origin.left, top: top - origin.top, width, height });
      }
      setBoxes((before) => (isSame(before, measured) ? before : measured));
    }
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    for (const node of element.querySelectorAll('[data-node]')) observer.observe(node);
    measure();
    return () => observer.disconnect();
  }, [container, nodes]);
  return boxes;
}

function isSame(a: ReadonlyMap<string, Box>, b: ReadonlyMap<string, Box>): boolean {
  return JSON.stringify([...a]) === JSON.stringify([...b]);
}
