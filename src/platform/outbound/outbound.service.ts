import { lookup as lookUp, type LookupAddress } from 'node:dns';
import { request as overHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as overHttps } from 'node:https';
import { isIP, type BlockList, type LookupFunction } from 'node:net';
import { Injectable, Logger } from '@nestjs/common';
import { Config } from '../config/config.js';
import { blockList, isIn, isPublic } from './public-addresses.js';

const TIMEOUT_MS = 10_000;
const LARGEST_BYTES = 1_048_576;
/** RFC 9110: these have no body. */
const WITHOUT_BODY = new Set([204, 205, 304]);

/** A call that did not get an answer; the message says why, and names no address: the log does. */
export class OutboundFailure extends Error {}

export interface OutboundRequest {
  readonly method?: string;
  readonly headers?: Iterable<readonly [string, string]> | Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | null;
  readonly signal?: AbortSignal | undefined;
}

/** Resolves a name to all its addresses, as `dns.lookup` does. */
export type Resolve = (
  host: string,
  options: { all: true },
  done: (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => void,
) => void;

/**
 * Calls to services that somebody else has named, such as providers of sign-in (decision 0061). An address is checked
 * where it is connected to, so a name that changes its meaning in between helps nobody: connections go to public
 * addresses over https, and to those that MUSTER_PRIVATE_NETWORKS allows. No redirect is followed, and an answer is
 * bounded in time and size.
 */
@Injectable()
export class Outbound {
  private readonly allowed: BlockList;
  private readonly logger = new Logger(Outbound.name);
  /** By which names are resolved. */
  resolve: Resolve = lookUp;

  constructor(private readonly config: Config) {
    this.allowed = blockList(config.privateNetworks);
  }

  /** Whether `http:` may be called at all: in a private network that is allowed. */
  get takesHttp(): boolean {
    return this.config.privateNetworks.length > 0;
  }

  /** The answer, whatever its status; of a redirect too. @throws OutboundFailure */
  async fetch(address: string | URL, sent: OutboundRequest = {}): Promise<Response> {
    const url = new URL(address);
    try {
      return await this.answer(url, sent);
    } catch (error) {
      this.logger.warn({ msg: 'a call failed', host: url.host, err: error });
      throw asFailure(error as Error);
    }
  }

  private async answer(url: URL, sent: OutboundRequest): Promise<Response> {
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && this.takesHttp)) {
      throw new OutboundFailure(`${url.protocol} is not called, only https:`);
    }
    const host = url.hostname.replace(/^\[|\]$/g, '');
    // `lookup` is asked for names alone.
    if (isIP(host) !== 0) this.refuseAddress(host, url);
    return await responseOf(await this.send(url, sent));
  }

  private send(url: URL, { method = 'GET', headers = {}, body, signal }: OutboundRequest): Promise<IncomingMessage> {
    const ends = AbortSignal.timeout(TIMEOUT_MS);
    const options: RequestOptions = {
      method,
      headers: headersOf(headers),
      agent: false,
      lookup: this.lookupFor(url),
      signal: signal === undefined ? ends : AbortSignal.any([signal, ends]),
    };
    return new Promise((resolve, reject) => {
      const sending = (url.protocol === 'https:' ? overHttps : overHttp)(url, options, resolve);
      sending.on('error', reject);
      sending.end(body ?? undefined);
    });
  }

  /** Gives the connection those addresses alone that it may have. */
  private lookupFor(url: URL): LookupFunction {
    return (host, options, done) => {
      this.resolve(host, { all: true }, (error, found) => {
        if (error !== null) return done(error, '', 0);
        const open = found.filter(({ address }) => this.mayReach(address, url));
        const [first] = open;
        if (first === undefined) return done(refusal(), '', 0);
        if (options.all === true) return done(null, open);
        done(null, first.address, first.family);
      });
    };
  }

  private mayReach(address: string, { protocol }: URL): boolean {
    return isIn(this.allowed, address) || (protocol === 'https:' && isPublic(address));
  }

  private refuseAddress(address: string, url: URL): void {
    if (!this.mayReach(address, url)) throw refusal();
  }
}

function refusal(): OutboundFailure {
  return new OutboundFailure('an address is in a private network that MUSTER_PRIVATE_NETWORKS does not allow');
}

/** Whoever signs in reads it: without the addresses and ports that are in messages of the system. */
function asFailure(error: Error & { readonly code?: unknown }): OutboundFailure {
  if (error instanceof OutboundFailure) return error;
  const isLate = error.name === 'AbortError' || error.name === 'TimeoutError';
  const code = typeof error.code === 'string' ? ` (${error.code})` : '';
  return new OutboundFailure(isLate ? 'it does not answer in time' : `it cannot be reached${code}`, { cause: error });
}

function headersOf(headers: NonNullable<OutboundRequest['headers']>): Record<string, string> {
  return Object.fromEntries(Symbol.iterator in headers ? [...headers] : Object.entries(headers));
}

async function responseOf(answer: IncomingMessage): Promise<Response> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of answer as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > LARGEST_BYTES) {
      answer.destroy();
      throw new OutboundFailure(`An answer is larger than ${LARGEST_BYTES} bytes`);
    }
    pieces.push(piece);
  }
  const status = answer.statusCode ?? 0;
  if (status < 200 || status > 599) throw new OutboundFailure(`An answer has the status ${status}`);
  const headers = new Headers();
  for (let i = 0; i + 1 < answer.rawHeaders.length; i += 2) {
    headers.append(answer.rawHeaders[i] ?? '', answer.rawHeaders[i + 1] ?? '');
  }
  return new Response(WITHOUT_BODY.has(status) ? null : Buffer.concat(pieces), { status, headers });
}
