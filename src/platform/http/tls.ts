import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import type { RequestListener, Server } from 'node:http';
import {
  constants,
  createSecureServer,
  type Http2SecureServer,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import type { FastifyBaseLogger } from 'fastify';
import type { Config } from '../config/config.js';
import { EXIT_CODES, StartupProblem } from '../config/startup-problem.js';

/** Paths of PEM files: the certificate with those above it, and its key. */
export type TlsFiles = NonNullable<Config['tls']>;

/** Files that are put in place by a renamed link raise no event of their own: they are looked at. */
const LOOK_EVERY_MS = 1_000;
/** Streams that one connection may have open at once; more wait. */
const MAX_STREAMS = 128;
/** Of TLS 1.3, and of TLS 1.2 those with forward secrecy and AEAD (RFC 9325, 4.2). */
const SUITES = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  ...['ECDSA', 'RSA'].flatMap((key) =>
    ['AES256-GCM-SHA384', 'CHACHA20-POLY1305', 'AES128-GCM-SHA256'].map((cipher) => `ECDHE-${key}-${cipher}`),
  ),
].join(':');
/** Of a request in HTTP/2, as its peer is told: what Node allows in HTTP/1.1. */
const MAX_HEADER_BYTES = 16_384;

/**
 * A server for HTTP/2 and, by ALPN, HTTP/1.1 over TLS 1.2 and later. A body that is not there in time ends its request. When the files change, new connections get the new
 * certificate; what cannot be used is told in the log, and the old one stays.
 * @throws StartupProblem where the files cannot be used
 */
export function createTlsServer(
  files: TlsFiles,
  requestTimeoutMs: number,
  handler: RequestListener,
  logger: FastifyBaseLogger,
): Server {
  const server = createSecureServer(
    {
      ...readTls(files),
      ciphers: SUITES,
      allowHTTP1: true,
      settings: { maxConcurrentStreams: MAX_STREAMS, maxHeaderListSize: MAX_HEADER_BYTES },
    },
    handler as never,
  );
  const reload = (): void => {
    try {
      server.setSecureContext({ ...readTls(files), ciphers: SUITES });
      logger.info({ event: 'certificate', file: files.certFile }, 'The certificate was read anew');
    } catch (error) {
      logger.error({ err: error }, 'The new certificate cannot be used: the old one stays');
    }
  };
  const paths = [files.certFile, files.keyFile];
  for (const path of paths) watchFile(path, { interval: LOOK_EVERY_MS, persistent: false }, reload);
  server.once('close', () => paths.forEach((path) => unwatchFile(path, reload)));
  server.on('stream', (stream) => endLate(stream, requestTimeoutMs));
  addEnds(server);
  return server as unknown as Server;
}

/** The texts of both files, once they are known to belong together. @throws StartupProblem */
export function readTls({ certFile, keyFile }: TlsFiles): { readonly cert: string; readonly key: string } {
  try {
    const pair = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
    createSecureContext(pair);
    return pair;
  } catch (error) {
    throw new StartupProblem(
      EXIT_CODES.configuration,
      [
        `MUSTER_TLS_CERT and MUSTER_TLS_KEY: ${(error as Error).message}. They must be PEM files of a certificate, with those above it, and of its key`,
      ],
      { cause: error },
    );
  }
}

/** Node bounds the time of requests of HTTP/1.1 only. */
function endLate(stream: ServerHttp2Stream, requestTimeoutMs: number): void {
  const timer = setTimeout(() => {
    if (!stream.endAfterHeaders && !stream.readableEnded) stream.close(constants.NGHTTP2_CANCEL);
  }, requestTimeoutMs).unref();
  stream.once('close', () => clearTimeout(timer));
}

/** What `http.Server` has and this one lacks: to end connections, in order or at once. */
function addEnds(server: Http2SecureServer): void {
  const sockets = new Set<Socket>();
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  const closeIdle = (server as unknown as Server).closeIdleConnections.bind(server);
  Object.assign(server, {
    closeAllConnections: () => sockets.forEach((socket) => socket.destroy()),
    // A session tells its peer to send no more, and ends with its last answer.
    closeIdleConnections: () => {
      closeIdle();
      for (const session of sessions) if (!session.closed) session.close();
    },
  });
}
