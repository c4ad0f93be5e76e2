import { about } from '../state/about.ts';
import { frame } from '../state/stream.ts';
import '../styles/map.css';
import { Bus } from './map/bus.tsx';
import { Latest } from './map/latest.tsx';
import { TryIt } from './map/try-it.tsx';

export default function MapView() {
  const map = frame.value?.map;
  const canTry = about.value?.canTry !== false;
  return (
    <div class={`home ${canTry ? '' : 'alone'}`}>
      <div class="bus">{map !== undefined && <Bus map={map} />}</div>
      {canTry && <TryIt />}
      <div class="latest">
        <Latest />
      </div>
    </div>
  );
}
