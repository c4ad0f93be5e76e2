/** In any of the forms that the settings have; of several, the first. */
const PLACE = /^((?:\w+:\/\/)?(?:[^@/]*@)?)([^:/,]+):(\d+)/;

const PORTS_END = 2 ** 16;

/** `host:port` of an address. */
export function placeOf(address: string): string {
  const [, , host = '', port = ''] = PLACE.exec(address) ?? [];
  return `${host}:${port}`;
}

/** Whether it names something that can be connected to. */
export function isPlace(place: string): boolean {
  const [host, port] = place.split(':');
  return host !== '' && Number(port) > 0 && Number(port) < PORTS_END;
}

export function withPlace(address: string, place: string): string {
  return address.replace(PLACE, (_, before: string) => before + place);
}
