import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import files from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { etagOf, matchedTag } from './entity-tags.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the route gives the console's page, or what it loads. */
    isOfConsole?: true;
  }
}

/** Where the console has its views: it finds out itself which one an address names. */
const VIEWS = ['/', '/sign-in', '/invitation', '/me', '/p/*', '/account', '/account/*'] as const;

const CONSOLE = { config: { isOfConsole: true } } as const;

/** Names of what is in `assets` change with what it holds. */
const FOREVER = { maxAge: '365d', immutable: true } as const;

/**
 * Serves the console, as `vite build` has left it in the folder: its page at every address of a view, and what that
 * loads, compressed at the build. Every other unknown path keeps its problem document. Where nothing was built there is
 * no console, and `/` is unknown too (decisions/0086-console.md).
 */
export async function addConsole(fastify: FastifyInstance, folder: string): Promise<void> {
  const file = join(folder, 'index.html');
  if (!existsSync(file)) return;
  const page = readFileSync(file);
  const tag = etagOf(createHash('sha256').update(page).digest('base64url').slice(0, 22));
  for (const view of VIEWS) {
    fastify.get(view, CONSOLE, (request, reply) => {
      reply.header('etag', tag).header('cache-control', 'no-cache');
      if (matchedTag(request.headers['if-none-match'], tag) !== null) return reply.status(304).send();
      return reply.type('text/html; charset=utf-8').send(page);
    });
  }
  await fastify.register(async (assets) => {
    assets.addHook('onRoute', (route) => {
      route.config = { ...route.config, ...CONSOLE.config };
    });
    await assets.register(files, {
      root: join(folder, 'assets'),
      prefix: '/assets/',
      decorateReply: false,
      index: false,
      preCompressed: true,
      ...FOREVER,
    });
  });
}
