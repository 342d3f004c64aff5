/**
 * What a process may do: `all` serves HTTP and runs jobs, `api` only serves, `worker` only runs jobs, and tells how it
 * is.
 */
export type Role = 'all' | 'api' | 'worker';

/** The settings of one process, read once by `readConfig`. Injected by class. Sizes are bytes, times milliseconds. */
export abstract class Config {
  abstract readonly role: Role;
  abstract readonly host: string;
  abstract readonly port: number;
  /** PEM files of the certificate and its key; undefined: HTTP without TLS. */
  abstract readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
  /** Addresses and networks of proxies whose word about the caller is taken. */
  abstract readonly trustedProxies: readonly string[];
  /** Connections at once; 0: no limit. */
  abstract readonly connectionLimit: number;
  /** How long the headers of a request may take, a whole request, and a connection on which nothing moves. */
  abstract readonly headersTimeoutMs: number;
  abstract readonly requestTimeoutMs: number;
  abstract readonly idleTimeoutMs: number;
  /** Requests a second, and events and users a second, of one API key and of one account; 0: no limit. */
  abstract readonly rates: {
    readonly keyRequests: number;
    readonly accountRequests: number;
    readonly keyItems: number;
    readonly accountItems: number;
    /** Of one network where anybody may send. */
    readonly networkRequests: number;
  };
  /** Header of a trusted proxy that holds the country of the caller; undefined: none. */
  abstract readonly countryHeader: string | undefined;
  /** A body of /v1/collect, as it comes and inflated. */
  abstract readonly collectBodyLimitBytes: number;
  /** How long such a body may take to come. */
  abstract readonly collectBodyTimeoutMs: number;
  /** Absolute path of the data folder. */
  abstract readonly dataDir: string;
  /** Whether a 2xx also survives the death of the machine. */
  abstract readonly fsync: boolean;
  abstract readonly logLevel: string;
  /** Undefined: start the embedded PostgreSQL. */
  abstract readonly databaseUrl: string | undefined;
  /** Undefined: start the embedded engine. `http(s)://user:password@host:port/database`, or `unix:/path/to.sock`. */
  abstract readonly clickhouseUrl: string | undefined;
  /** Undefined: BullMQ on PostgreSQL. */
  abstract readonly redisUrl: string | undefined;
  /** Runs worked on at once by this process. */
  abstract readonly jobConcurrency: number;
  /** Runs of one account worked on at once by all processes; 0: no limit. */
  abstract readonly accountConcurrency: number;
  /** Runs that one key, or one person, has requested first, worked on at once by all processes; 0: no limit. */
  abstract readonly keyConcurrency: number;
  /** Queued runs of one account, and of all. */
  abstract readonly accountQueueLimit: number;
  abstract readonly queueLimit: number;
  /** How long a shutdown waits for running jobs before it hands them back. */
  abstract readonly shutdownGraceMs: number;
  /** How long work waits for an engine that is away. */
  abstract readonly engineWaitMs: number;
  abstract readonly queryTimeLimitMs: number;
  abstract readonly queryMemoryLimitBytes: number;
  /** Of a preview of a cohort, with the time it waits for its turn. */
  abstract readonly previewTimeLimitMs: number;
  /** Previews evaluated at once by this process. */
  abstract readonly previewConcurrency: number;
  /** Downloads of whole results at once in this process: of one API key, and of all. */
  abstract readonly keyExportLimit: number;
  abstract readonly exportLimit: number;
  /** How long a download may lie ready without being read. */
  abstract readonly exportIdleMs: number;
  /** What downloads of the embedded engine may take of its disk together. */
  abstract readonly exportSpoolBytes: number;
  /** Event streams and calls that wait at once, of one API key in this process. */
  abstract readonly keyWatchLimit: number;
  /** Memory ceiling of the embedded engine as a whole. */
  abstract readonly engineMemoryBytes: number;
  /** Free space of the data folder below which nothing is written. */
  abstract readonly diskReserveBytes: number;
  /** What `/metrics` asks for; undefined: it answers callers on this machine. */
  abstract readonly metricsToken: string | undefined;
  /** Keys by which secrets are sealed, the first, and opened, all; none: they are in a file of the data folder. */
  abstract readonly secretKeys: readonly string[];
  /** Where callers reach Muster, without a slash at its end; undefined: only callers on this machine sign in by a provider. */
  abstract readonly publicUrl: string | undefined;
  /** Private networks in which providers of sign-in may be. */
  abstract readonly privateNetworks: readonly string[];
  /** Mail server for invitations; undefined: none is sent. */
  abstract readonly smtp: { readonly url: string; readonly from: string } | undefined;
  /** What an answer may hold: numbers, and bytes of its JSON. */
  abstract readonly answerLimits: { readonly values: number; readonly bytes: number };
  /** How long entries of the audit log are kept. */
  abstract readonly auditKeepMs: number;
  /** Users x points of one series, where each point is measured for each user. */
  abstract readonly seriesRowsLimit: number;
  /** JSON bodies. */
  abstract readonly jsonBodyLimitBytes: number;
  /** Streamed bodies (NDJSON, CSV), counted after decompression. */
  abstract readonly streamBodyLimitBytes: number;
  /** Rows of one upload of users. */
  abstract readonly uploadRowLimit: number;
  /** How long an upload is kept after it was sent. */
  abstract readonly uploadKeepMs: number;
  /** How long a result is kept that nobody reads; this and the following: 0 is for ever. */
  abstract readonly resultKeepMs: number;
  /** How long a finished request is kept, with its run, that nobody reads. */
  abstract readonly requestKeepMs: number;
  /** How long an evaluation is kept that is not the last of its cohort. */
  abstract readonly evaluationKeepMs: number;
  /** How long a version of a cohort is kept after there is a newer one. */
  abstract readonly versionKeepMs: number;
  /** How long a list of members is kept that no version names and no request uses. */
  abstract readonly listKeepMs: number;
  /** How long computed active users are kept that are not the newest. */
  abstract readonly activeUsersKeepMs: number;
  /** Between two looks for active users that are due; 0: this process does not look. */
  abstract readonly activeUsersEveryMs: number;
  /** Between two sweeps; 0: this process does not sweep. */
  abstract readonly housekeepingEveryMs: number;
}

/** Whether the data folder holds a store: one that no URL is given for. */
export function ownsStore({ databaseUrl, clickhouseUrl }: Pick<Config, 'databaseUrl' | 'clickhouseUrl'>): boolean {
  return databaseUrl === undefined || clickhouseUrl === undefined;
}

/** Where the three stores are, ours or the user's. `redisUrl` undefined: jobs are in the database. */
export abstract class StoreUrls {
  abstract readonly databaseUrl: string;
  abstract readonly clickhouseUrl: string;
  abstract readonly redisUrl: string | undefined;
}
