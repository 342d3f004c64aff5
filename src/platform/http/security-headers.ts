import type { ServerResponse } from 'node:http';
import helmet, { type HelmetOptions } from 'helmet';

/** A year: browsers come back by HTTPS alone. */
const HSTS = { maxAge: 31_536_000, includeSubDomains: false };

/** An answer is data: a browser runs nothing in it, frames it nowhere, and shows it to no other site. */
const ANSWERS = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"], frameAncestors: ["'none'"] },
  },
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
  xFrameOptions: { action: 'deny' },
} satisfies HelmetOptions;

/**
 * The page of /docs holds whatever key its user types in: it runs scripts of ours alone, talks to this server alone and
 * stands in no frame. Swagger UI writes its styles into the page and its signs as data.
 */
const PAGE = {
  ...ANSWERS,
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      connectSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  crossOriginOpenerPolicy: { policy: 'same-origin' },
} satisfies HelmetOptions;

/** The console: scripts, styles and pictures of ours alone, nothing inline; pictures are saved by way of `blob:`. */
const CONSOLE = {
  ...PAGE,
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      ...PAGE.contentSecurityPolicy.directives,
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'blob:'],
    },
  },
  crossOriginOpenerPolicy: { policy: 'same-origin' },
} satisfies HelmetOptions;

export interface SecurityHeaders {
  readonly answers: Readonly<Record<string, string>>;
  readonly console: Readonly<Record<string, string>>;
  readonly page: Readonly<Record<string, string>>;
}

/**
 * The headers by which browsers are told what they may not do, as helmet has them. They are the same for every answer,
 * so they are made once. `isTls`: whether browsers reach this process by HTTPS.
 */
export function securityHeaders(isTls: boolean): SecurityHeaders {
  const strictTransportSecurity = isTls ? HSTS : false;
  return {
    // What may be kept says so itself.
    answers: { ...headersOf({ ...ANSWERS, strictTransportSecurity }), 'cache-control': 'no-store' },
    console: headersOf({ ...CONSOLE, strictTransportSecurity }),
    page: headersOf({ ...PAGE, strictTransportSecurity }),
  };
}

/** What helmet sets on any response. */
function headersOf(options: HelmetOptions): Record<string, string> {
  const headers: Record<string, string> = {};
  const response = {
    setHeader: (name: string, value: string) => (headers[name.toLowerCase()] = value),
    removeHeader: () => undefined,
  };
  let failure: unknown;
  helmet(options)({} as never, response as unknown as ServerResponse, (error?: unknown) => (failure = error));
  if (failure !== undefined) throw failure;
  return headers;
}
