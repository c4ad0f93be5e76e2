const WIDTH = 100;
const HEIGHT = 22;

/** Figures of the last minutes, oldest first, as one line over its area. */
export function Sparkline({ points }: { readonly points: readonly number[] }) {
  if (points.length < 2) return <svg class="sparkline" aria-hidden="true" />;
  // An area of its own height for a few records would look like a backlog.
  const highest = Math.max(10, ...points);
  const line = points
    .map((value, index) => {
      const x = (index / (points.length - 1)) * WIDTH;
      const y = HEIGHT - 1 - (value / highest) * (HEIGHT - 3);
      return `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join('');
  return (
    <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path class="area" d={`${line}L${WIDTH} ${HEIGHT}L0 ${HEIGHT}Z`} />
      <path d={line} />
    </svg>
  );
}
