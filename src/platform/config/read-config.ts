import { resolve } from 'node:path';
import { cleanEnv } from 'envalid';
import type { Config } from './config.js';
import { nearest } from '../../core/nearest.js';
import { VARIABLES } from './settings.js';
import { EXIT_CODES, StartupProblem } from './startup-problem.js';

export type Environment = Readonly<Record<string, string | undefined>>;

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * The settings of this process. Throws one StartupProblem with every problem there is; an empty variable counts as
 * unset.
 */
export function readConfig(env: Environment = process.env): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const problems = [
    ...unknownVariables(given),
    ...missingForRole(given),
    ...halfOfTls(given),
    ...mailWithoutSender(given),
  ];
  const values = cleanEnv(given, VARIABLES, {
    reporter: ({ errors }) => {
      for (const [name, error] of Object.entries(errors)) problems.push(`${name} ${error?.message}`);
    },
  });
  if (problems.length > 0) throw new StartupProblem(EXIT_CODES.configuration, problems);
  return {
    role: values.MUSTER_ROLE,
    host: values.MUSTER_HOST,
    port: values.MUSTER_PORT,
    tls:
      values.MUSTER_TLS_CERT === ''
        ? undefined
        : { certFile: resolve(values.MUSTER_TLS_CERT), keyFile: resolve(values.MUSTER_TLS_KEY) },
    trustedProxies: values.MUSTER_TRUSTED_PROXIES,
    connectionLimit: values.MUSTER_CONNECTION_LIMIT,
    headersTimeoutMs: values.MUSTER_HEADERS_TIMEOUT_SECONDS * 1000,
    requestTimeoutMs: values.MUSTER_REQUEST_TIMEOUT_SECONDS * 1000,
    idleTimeoutMs: values.MUSTER_IDLE_TIMEOUT_SECONDS * 1000,
    rates: {
      keyRequests: values.MUSTER_KEY_REQUESTS_PER_SECOND,
      accountRequests: values.MUSTER_ACCOUNT_REQUESTS_PER_SECOND,
      keyItems: values.MUSTER_KEY_ITEMS_PER_SECOND,
      accountItems: values.MUSTER_ACCOUNT_ITEMS_PER_SECOND,
      networkRequests: values.MUSTER_NETWORK_REQUESTS_PER_SECOND,
    },
    countryHeader: values.MUSTER_COUNTRY_HEADER === '' ? undefined : values.MUSTER_COUNTRY_HEADER.toLowerCase(),
    collectBodyLimitBytes: values.MUSTER_COLLECT_BODY_LIMIT_KB * KIBIBYTE,
    collectBodyTimeoutMs: values.MUSTER_COLLECT_BODY_TIMEOUT_SECONDS * 1000,
    dataDir: resolve(values.MUSTER_DATA_DIR),
    fsync: values.MUSTER_FSYNC === 'on',
    logLevel: values.MUSTER_LOG_LEVEL,
    databaseUrl: values.DATABASE_URL,
    clickhouseUrl: values.CLICKHOUSE_URL,
    redisUrl: values.REDIS_URL,
    jobConcurrency: values.MUSTER_JOB_CONCURRENCY,
    accountConcurrency: values.MUSTER_ACCOUNT_CONCURRENCY,
    keyConcurrency: values.MUSTER_KEY_CONCURRENCY,
    accountQueueLimit: values.MUSTER_ACCOUNT_QUEUE_LIMIT,
    queueLimit: values.MUSTER_QUEUE_LIMIT,
    shutdownGraceMs: values.MUSTER_SHUTDOWN_GRACE_SECONDS * 1000,
    engineWaitMs: values.MUSTER_ENGINE_WAIT_SECONDS * 1000,
    queryTimeLimitMs: values.MUSTER_QUERY_TIME_LIMIT_SECONDS * 1000,
    queryMemoryLimitBytes: values.MUSTER_QUERY_MEMORY_LIMIT_MB * MEBIBYTE,
    previewTimeLimitMs: values.MUSTER_PREVIEW_TIME_LIMIT_SECONDS * 1000,
    previewConcurrency: values.MUSTER_PREVIEW_CONCURRENCY,
    keyExportLimit: values.MUSTER_KEY_EXPORT_LIMIT,
    exportLimit: values.MUSTER_EXPORT_LIMIT,
    exportIdleMs: values.MUSTER_EXPORT_IDLE_SECONDS * 1000,
    exportSpoolBytes: values.MUSTER_EXPORT_SPOOL_MB * MEBIBYTE,
    keyWatchLimit: values.MUSTER_KEY_WATCH_LIMIT,
    engineMemoryBytes: values.MUSTER_ENGINE_MEMORY_MB * MEBIBYTE,
    diskReserveBytes: values.MUSTER_DISK_RESERVE_MB * MEBIBYTE,
    metricsToken: values.MUSTER_METRICS_TOKEN,
    secretKeys: values.MUSTER_SECRET_KEY,
    publicUrl: values.MUSTER_PUBLIC_URL,
    privateNetworks: values.MUSTER_PRIVATE_NETWORKS,
    smtp: values.SMTP_URL === undefined ? undefined : { url: values.SMTP_URL, from: values.MUSTER_MAIL_FROM },
    answerLimits: { values: values.MUSTER_ANSWER_VALUES_LIMIT, bytes: values.MUSTER_ANSWER_LIMIT_MB * MEBIBYTE },
    seriesRowsLimit: values.MUSTER_SERIES_ROWS_LIMIT,
    jsonBodyLimitBytes: values.MUSTER_JSON_BODY_LIMIT_KB * KIBIBYTE,
    streamBodyLimitBytes: values.MUSTER_STREAM_BODY_LIMIT_MB * MEBIBYTE,
    uploadRowLimit: values.MUSTER_UPLOAD_ROW_LIMIT,
    uploadKeepMs: values.MUSTER_UPLOAD_KEEP_HOURS * HOUR_MS,
    resultKeepMs: values.MUSTER_RESULT_KEEP_DAYS * DAY_MS,
    requestKeepMs: values.MUSTER_REQUEST_KEEP_DAYS * DAY_MS,
    evaluationKeepMs: values.MUSTER_EVALUATION_KEEP_DAYS * DAY_MS,
    versionKeepMs: values.MUSTER_VERSION_KEEP_DAYS * DAY_MS,
    auditKeepMs: values.MUSTER_AUDIT_KEEP_DAYS * DAY_MS,
    listKeepMs: values.MUSTER_LIST_KEEP_DAYS * DAY_MS,
    activeUsersKeepMs: values.MUSTER_ACTIVE_USERS_KEEP_DAYS * DAY_MS,
    activeUsersEveryMs: values.MUSTER_ACTIVE_USERS_SECONDS * 1000,
    housekeepingEveryMs: values.MUSTER_HOUSEKEEPING_MINUTES * MINUTE_MS,
  };
}

/** A mistyped name would silently leave the default in force. `MUSTER_TEST_...` belongs to the test suites. */
function unknownVariables(env: Environment): string[] {
  const known = Object.keys(VARIABLES);
  const unknown = Object.keys(env).filter((name) => /^MUSTER_(?!TEST_)/.test(name) && !known.includes(name));
  return unknown.map((name) => {
    const meant = nearest(name, known);
    return `${name} is not a variable of Muster${meant ? `: did you mean ${meant}?` : ''}`;
  });
}

/** A process that is not everything at once shares its stores with others, so it cannot start its own. */
function missingForRole(env: Environment): string[] {
  const role = env.MUSTER_ROLE;
  if (role !== 'api' && role !== 'worker') return [];
  return ['DATABASE_URL', 'CLICKHOUSE_URL']
    .filter((name) => env[name] === undefined)
    .map((name) => `${name} is needed when MUSTER_ROLE is ${role}`);
}

function halfOfTls({ MUSTER_TLS_CERT: cert, MUSTER_TLS_KEY: key }: Environment): string[] {
  if ((cert === undefined) === (key === undefined)) return [];
  return [`${cert === undefined ? 'MUSTER_TLS_CERT' : 'MUSTER_TLS_KEY'} is missing: a certificate needs its key`];
}

function mailWithoutSender({
  SMTP_URL: server,
  MUSTER_MAIL_FROM: from,
  MUSTER_PUBLIC_URL: url,
}: Environment): string[] {
  if (server === undefined) return [];
  return [
    ...(from !== undefined && isAddress(from)
      ? []
      : ['MUSTER_MAIL_FROM must be an address such as muster@example.org where SMTP_URL is set']),
    // The link of a mail is not made of what a caller says that our name is.
    ...(url === undefined ? ['MUSTER_PUBLIC_URL is needed where SMTP_URL is set'] : []),
  ];
}

function isAddress(text: string): boolean {
  return /^[^\s@<>,;"]+@[^\s@<>,;"]+$/.test(text);
}
