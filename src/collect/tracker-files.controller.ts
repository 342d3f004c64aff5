import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';
import { NeedsNobody } from '../access/needs.js';
import { packageRoot } from '../platform/config/package-root.js';
import { CODINGS, etagOf, matchedTag } from '../platform/http/entity-tags.js';
import { Produces } from '../platform/http/negotiation.js';

const SCRIPT = 'text/javascript; charset=utf-8';
const MAP = 'application/json; charset=utf-8';
/** A page asks again after an hour, and is served the old one meanwhile. */
const CACHING = 'public, max-age=3600, stale-while-revalidate=86400';

type Coding = (typeof CODINGS)[number] | 'identity';

/** A file of the tracker in every coding that browsers take. */
interface ServedFile {
  readonly etag: string;
  readonly bytes: Readonly<Record<Coding, Buffer>>;
}

/** The browser tracker, as `npm run build` has made it: any page may load it. */
@ApiExcludeController()
@Controller()
export class TrackerFilesController {
  private readonly files = new Map<string, Promise<ServedFile>>();

  @Get('t.js')
  @NeedsNobody()
  @Produces()
  tracker(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.script('t.js', request, reply);
  }

  @Get('t.js.map')
  @NeedsNobody()
  @Produces()
  trackerMap(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.send('t.js.map', MAP, request, reply);
  }

  @Get('trackables.js')
  @NeedsNobody()
  @Produces()
  trackables(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.script('trackables.js', request, reply);
  }

  @Get('trackables.js.map')
  @NeedsNobody()
  @Produces()
  trackablesMap(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.send('trackables.js.map', MAP, request, reply);
  }

  @Get('js/trackr.js')
  @NeedsNobody()
  @Produces()
  trackr(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    /** For the script, which reads its own address. */
    @Query('key') _key?: string,
  ): Promise<void> {
    return this.script('trackr.js', request, reply);
  }

  @Get('js/trackr.js.map')
  @NeedsNobody()
  @Produces()
  trackrMap(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.send('trackr.js.map', MAP, request, reply);
  }

  private script(name: string, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    reply.header('sourcemap', `${name}.map`);
    return this.send(name, SCRIPT, request, reply);
  }

  private async send(name: string, type: string, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { etag, bytes } = await this.file(name);
    reply.headers({
      'cache-control': CACHING,
      etag,
      // Pages of all sites load it, also those that isolate themselves or check its hash.
      'cross-origin-resource-policy': 'cross-origin',
      'access-control-allow-origin': '*',
      'timing-allow-origin': '*',
    });
    const known = matchedTag(request.headers['if-none-match'], etag);
    if (known !== null) return void (await reply.code(304).header('etag', known).send());
    const coding = codingOf(request);
    if (coding !== 'identity') reply.header('content-encoding', coding);
    await reply.type(type).send(bytes[coding]);
  }

  /** Read and compressed once. */
  private file(name: string): Promise<ServedFile> {
    const known = this.files.get(name);
    if (known !== undefined) return known;
    const reading = readServed(join(packageRoot(), 'packages/tracker/dist', name));
    this.files.set(name, reading);
    reading.catch(() => this.files.delete(name));
    return reading;
  }
}

async function readServed(path: string): Promise<ServedFile> {
  const identity = await readFile(path);
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  const [br, gzipped] = await Promise.all([
    promisify(brotliCompress)(identity, quality),
    promisify(gzip)(identity, { level: 9 }),
  ]);
  const hash = createHash('sha256').update(identity).digest('hex');
  return { etag: etagOf(hash.slice(0, 32)), bytes: { br, gzip: gzipped, identity } };
}

function codingOf(request: FastifyRequest): Coding {
  const taken = new Negotiator(request).encodings([...CODINGS]);
  return CODINGS.find((coding) => taken.includes(coding)) ?? 'identity';
}
