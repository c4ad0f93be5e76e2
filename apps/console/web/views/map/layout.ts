import type { Edge } from './graph.ts';

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Drawn {
  readonly edge: Edge;
  /** Of an SVG path. */
  readonly d: string;
  /** Where its figure stands. */
  readonly x: number;
  readonly y: number;
}

/** Between two edges that end at the same node. */
const PORT_GAP_PX = 17;
const LABEL_WIDTH_PX = 34;
const LABEL_HEIGHT_PX = 20;
/** Shares of the way at which a figure can stand, the best first. */
const LABEL_PLACES = [0.5, 0.38, 0.62, 0.28, 0.72];

type Point = readonly [x: number, y: number];

/** Curves between the nodes; upright on a phone, where columns are rows. */
export function draw(edges: readonly Edge[], boxes: ReadonlyMap<string, Box>, isUpright: boolean): readonly Drawn[] {
  const drawn: Drawn[] = [];
  for (const edge of edges) {
    const from = boxes.get(edge.from);
    const to = boxes.get(edge.to);
    if (from === undefined || to === undefined) continue;
    const start = port(edges, boxes, edge, 'from', isUpright);
    const end = port(edges, boxes, edge, 'to', isUpright);
    const bend = (isUpright ? end[1] - start[1] : end[0] - start[0]) * 0.55;
    const first: Point = isUpright ? [start[0], start[1] + bend] : [start[0] + bend, start[1]];
    const second: Point = isUpright ? [end[0], end[1] - bend] : [end[0] - bend, end[1]];
    const places = LABEL_PLACES.map((share) => pointAt(start, first, second, end, share));
    const [x, y] = places.find((place) => drawn.every((other) => !overlaps(place, other))) ?? places[0]!;
    drawn.push({ edge, d: `M${at(start)}C${at(first)} ${at(second)} ${at(end)}`, x, y });
  }
  return drawn;
}

/** Edges of one side of a node leave it one below the other, in the order of their other ends, so that they do not cross there. */
function port(
  edges: readonly Edge[],
  boxes: ReadonlyMap<string, Box>,
  edge: Edge,
  side: 'from' | 'to',
  isUpright: boolean,
): Point {
  const other = side === 'from' ? 'to' : 'from';
  const place = (node: string) => {
    const box = boxes.get(node);
    return box === undefined ? 0 : isUpright ? box.left + box.width / 2 : box.top + box.height / 2;
  };
  const here = edges
    .filter((each) => each[side] === edge[side] && boxes.has(each[other]))
    .toSorted((a, b) => place(a[other]) - place(b[other]));
  const box = boxes.get(edge[side])!;
  const room = (isUpright ? box.width : box.height) / (here.length + 1);
  const offset = (here.indexOf(edge) - (here.length - 1) / 2) * Math.min(PORT_GAP_PX, room);
  if (isUpright) return [box.left + box.width / 2 + offset, side === 'from' ? box.top + box.height : box.top];
  return [side === 'from' ? box.left + box.width : box.left, box.top + box.height / 2 + offset];
}

function pointAt(a: Point, b: Point, c: Point, d: Point, share: number): Point {
  const rest = 1 - share;
  const along = (axis: 0 | 1) =>
    rest ** 3 * a[axis] + 3 * rest ** 2 * share * b[axis] + 3 * rest * share ** 2 * c[axis] + share ** 3 * d[axis];
  return [along(0), along(1)];
}

function overlaps([x, y]: Point, other: Drawn): boolean {
  return (
    other.edge.perSecond !== null && Math.abs(x - other.x) < LABEL_WIDTH_PX && Math.abs(y - other.y) < LABEL_HEIGHT_PX
  );
}

const at = ([x, y]: Point) => `${x.toFixed(1)} ${y.toFixed(1)}`;
