import { RouteConfigPart } from '../platform/http/route-config.js';

/** What is written into the audit log, as it stands there. */
export const AUDITED_ACTIONS = [
  'account.change',
  'account.delete',
  'session.create',
  'session.choose',
  'session.end',
  'password.change',
  'invitation.create',
  'invitation.revoke',
  'invitation.accept',
  'provider.create',
  'provider.change',
  'provider.delete',
  'identity.link',
  'identity.unlink',
  'token_issuer.create',
  'token_issuer.change',
  'token_issuer.delete',
  'secrets.rotate',
  'member.change',
  'member.remove',
  'member.leave',
  'key.create',
  'key.change',
  'key.rotate',
  'key.revoke',
  'property.create',
  'property.change',
  'property.archive',
  'property.restore',
  'property.delete',
  'batch.delete',
  'cohort.delete',
  'evaluation.delete',
  'metric.archive',
  'request.delete',
  'upload.delete',
  'refused_users.replace',
  'active_users_settings.replace',
  'usage_settings.replace',
  'collect_settings.replace',
  'people.export',
] as const;

export type AuditedAction = (typeof AUDITED_ACTIONS)[number];

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a call of the route is in the audit log; absent: it is not in it. */
    audited?: AuditedAction;
  }
}

/** Has every call of the route written into the audit log, with its result; of exports those that are files. */
export function Audited(action: AuditedAction): MethodDecorator {
  return RouteConfigPart({ audited: action });
}
