import { Socket } from 'node:net';

interface Target {
  port?: number;
}

/**
 * Leads connections to these ports to others, behind which the run has a wire that it can cut. By port, because a Kafka
 * broker sends its clients to its own address, whatever address they came by.
 */
export function takeRoutes(routes: Readonly<Record<string, number>>): void {
  if (Object.keys(routes).length === 0) return;
  const lead = <Any>(port: Any): Any | number => routes[String(port)] ?? port;
  const leadTarget = (target: Target): Target => ({ ...target, port: lead(target.port) });
  const prototype = Socket.prototype as { connect: (this: Socket, ...args: unknown[]) => Socket };
  const { connect } = prototype;
  prototype.connect = function connectByRoute(...args) {
    const [first] = args;
    // net.connect() hands its arguments on as an array, with a mark on it.
    if (Array.isArray(first)) first[0] = leadTarget(first[0] as Target);
    else args[0] = typeof first === 'object' ? leadTarget(first as Target) : lead(first);
    return connect.apply(this, args);
  };
}
