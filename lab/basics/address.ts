/** In any of the forms that the settings have; of several, the first. */
const PLACE = /^((?:\w+:\/\/)?(?:[^@/]*@)?)([^:/,]+):(\d+)/;

/** `host:port` of an address. */
export function placeOf(address: string): string {
  const [, , host = '', port = ''] = PLACE.exec(address) ?? [];
  return `${host}:${port}`;
}

export function withPlace(address: string, place: string): string {
  return address.replace(PLACE, (_, before: string) => before + place);
}
