/** SQL: the row is of the service's own group, or of one that a handler with a name has, also if the handler is no longer there. */
export function isOfService(service: string): string {
  return `(consumer_group = ${service}::text OR starts_with(consumer_group, ${service}::text || '.'))`;
}
