import type { Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { Server, TLSSocket } from 'node:tls';
import type { TlsFiles } from '../config.ts';
import type { Logger } from '../observe/logger.ts';
import { ANONYMOUS } from '../security/principal.ts';
import { loadTlsFiles, subjectName } from './tls-files.ts';
import type { LoadedTls } from './tls-files.ts';

/** The first byte of each TLS connection: a record with a message of the handshake (RFC 8446, 5.1). */
const HANDSHAKE_RECORD = 0x16;

export interface TlsGateOptions {
  readonly files: TlsFiles;
  readonly reloadIntervalMs: number;
  readonly logger: Logger;
  /** Called after the handshake. `principal`: the subject of the client's certificate. */
  readonly onClient: (socket: TLSSocket, principal: string) => void;
  /** Ends a connection whose handshake failed, and logs the reason. */
  readonly onRefused: (socket: Socket, reason: string) => void;
}

/** Does the TLS handshakes of one listener. Certificates are replaced while it runs; open connections keep theirs. */
export class TlsGate {
  private readonly options: TlsGateOptions;
  private readonly server: Server;
  private readonly reloading: NodeJS.Timeout;
  private loaded: LoadedTls;
  private lastFailure = '';

  /** @throws {Error} as `loadTlsFiles` */
  constructor(options: TlsGateOptions) {
    this.options = options;
    this.loaded = loadTlsFiles(options.files);
    // The verdict on the client's certificate is ours, so that the reason can be logged.
    const asksForCertificate = { requestCert: options.files.caFile !== undefined, rejectUnauthorized: false };
    this.server = createServer({ ...this.loaded.context, ...asksForCertificate }, (socket) => this.admit(socket));
    this.server.on('tlsClientError', (error, socket) => options.onRefused(socket, `TLS handshake: ${error.message}`));
    this.reloading = setInterval(() => this.reload(), options.reloadIntervalMs).unref();
    this.report();
  }

  /** Takes a connection that was just accepted. What TLS needs is allocated when its first byte arrives. */
  take(socket: Socket): void {
    // The close that follows is enough.
    socket.on('error', () => undefined);
    socket.once('data', (first) => {
      if (first[0] !== HANDSHAKE_RECORD) return this.options.onRefused(socket, 'its bytes are not TLS');
      socket.pause();
      socket.unshift(first);
      this.server.emit('connection', socket);
    });
  }

  close(): void {
    clearInterval(this.reloading);
  }

  private admit(socket: TLSSocket): void {
    const certificate = socket.getPeerX509Certificate();
    const { caFile, clientAuth } = this.options.files;
    if (caFile === undefined || (!certificate && clientAuth === 'requested')) {
      return this.options.onClient(socket, ANONYMOUS);
    }
    if (!certificate) return this.options.onRefused(socket, 'TLS handshake: the client has no certificate');
    if (!socket.authorized) {
      const reason = String(socket.authorizationError);
      return this.options.onRefused(socket, `TLS handshake: the certificate of the client is refused: ${reason}`);
    }
    this.options.onClient(socket, `User:${subjectName(certificate.subject)}`);
  }

  /** A certificate and its key are replaced one after the other: in between they do not match, and the old ones are kept. */
  private reload(): void {
    try {
      const loaded = loadTlsFiles(this.options.files);
      if (loaded.fingerprint === this.loaded.fingerprint) return;
      this.server.setSecureContext(loaded.context);
      this.loaded = loaded;
      this.lastFailure = '';
      this.report();
    } catch (error) {
      const { message } = error as Error;
      if (message !== this.lastFailure) this.options.logger('warn', 'TLS files not reloaded', { error: message });
      this.lastFailure = message;
    }
  }

  private report(): void {
    const { subject, validTo } = this.loaded;
    const facts = { file: this.options.files.certFile, subject, validTo: validTo.toISOString() };
    if (validTo.getTime() < Date.now()) this.options.logger('warn', 'the TLS certificate has expired', facts);
    else this.options.logger('info', 'TLS certificate loaded', facts);
  }
}
