import { applyDecorators } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import type { Grant } from '../core/access/grants.js';
import { NEED_EXTENSION, type DeclaredNeed } from '../platform/http/api-needs.js';
import { RouteConfigPart } from '../platform/http/route-config.js';

/** What a route asks of its caller. */
export interface Need {
  readonly grants: readonly Grant[];
  /**
   * Where they have to hold. `property`: in the property of the path. `account`: in the account and all its properties.
   * `somewhere`: in the account or one of the properties; the handler gives what is of these alone. Without grants:
   * `session` for who has signed in, whatever his role; `page` for who has a public key, which stands in the body or in
   * the query, so that the handler itself has it looked at (`PublicKeys.admit`); `nobody` for who may be anybody.
   */
  readonly where: DeclaredNeed['where'];
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Absent: the route is closed to everybody (`Authentication`). */
    need?: Need;
    whileArchived?: boolean;
  }
}

/** The grants that a caller needs, all of them, in the property that the path of the route names. */
export function Needs(...grants: readonly [Grant, ...Grant[]]): MethodDecorator {
  return declare({ grants, where: 'property' });
}

/** The grants that a caller needs for the account, on a route whose path names no property. */
export function NeedsOfAccount(...grants: readonly [Grant, ...Grant[]]): MethodDecorator {
  return declare({ grants, where: 'account' });
}

/** The grant that a caller needs in the account or in one of its properties. */
export function NeedsSomewhere(grant: Grant): MethodDecorator {
  return declare({ grants: [grant], where: 'somewhere' });
}

/** For who has signed in, whatever he may do: what is his own. */
export function NeedsSession(): MethodDecorator {
  return declare({ grants: [], where: 'session' });
}

/**
 * For whoever sends by a public key: the handler has to call `PublicKeys.admit` before it does anything, and is told the
 * property by it.
 */
export function NeedsPublicKey(): MethodDecorator {
  return declare({ grants: ['events:write'], where: 'page' });
}

/** For everybody: who signs in is not known yet. */
export function NeedsNobody(): MethodDecorator {
  return declare({ grants: [], where: 'nobody' });
}

/** Of a route that writes, and is open also while its property is archived: what takes it back, or deletes it. */
export function WhileArchived(): MethodDecorator {
  return RouteConfigPart({ whileArchived: true });
}

function declare(need: Need): MethodDecorator {
  return applyDecorators(RouteConfigPart({ need }), ApiExtension(NEED_EXTENSION, need)) as MethodDecorator;
}
