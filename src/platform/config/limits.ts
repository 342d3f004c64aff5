import type { Config } from './config.js';
import { VARIABLES } from './settings.js';

/** A limit of the service, as it is set. */
export interface ServiceLimit {
  /** What it is called: the setting without the product's name, in lower case. */
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly setting: string;
  readonly description: string;
}

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const count = (of: (config: Config) => number) => ({ unit: '', of });
const perSecond = (of: (config: Config) => number) => ({ unit: 'per second', of });
const inUnit = (unit: string, size: number, of: (config: Config) => number) => ({
  unit,
  of: (config: Config) => of(config) / size,
});

/** Every setting that bounds what callers may do, with its value in the unit of the setting. */
const LIMITS: Partial<Record<keyof typeof VARIABLES, { readonly unit: string; readonly of: (c: Config) => number }>> = {
  MUSTER_KEY_REQUESTS_PER_SECOND: perSecond((c) => c.rates.keyRequests),
  MUSTER_ACCOUNT_REQUESTS_PER_SECOND: perSecond((c) => c.rates.accountRequests),
  MUSTER_KEY_ITEMS_PER_SECOND: perSecond((c) => c.rates.keyItems),
  MUSTER_ACCOUNT_ITEMS_PER_SECOND: perSecond((c) => c.rates.accountItems),
  MUSTER_NETWORK_REQUESTS_PER_SECOND: perSecond((c) => c.rates.networkRequests),
  MUSTER_COLLECT_BODY_LIMIT_KB: inUnit('KB', KIBIBYTE, (c) => c.collectBodyLimitBytes),
  MUSTER_COLLECT_BODY_TIMEOUT_SECONDS: inUnit('s', 1000, (c) => c.collectBodyTimeoutMs),
  MUSTER_CONNECTION_LIMIT: count((c) => c.connectionLimit),
  MUSTER_HEADERS_TIMEOUT_SECONDS: inUnit('s', 1000, (c) => c.headersTimeoutMs),
  MUSTER_REQUEST_TIMEOUT_SECONDS: inUnit('s', 1000, (c) => c.requestTimeoutMs),
  MUSTER_IDLE_TIMEOUT_SECONDS: inUnit('s', 1000, (c) => c.idleTimeoutMs),
  MUSTER_ACCOUNT_CONCURRENCY: count((c) => c.accountConcurrency),
  MUSTER_KEY_CONCURRENCY: count((c) => c.keyConcurrency),
  MUSTER_ACCOUNT_QUEUE_LIMIT: count((c) => c.accountQueueLimit),
  MUSTER_QUEUE_LIMIT: count((c) => c.queueLimit),
  MUSTER_QUERY_TIME_LIMIT_SECONDS: inUnit('s', 1000, (c) => c.queryTimeLimitMs),
  MUSTER_QUERY_MEMORY_LIMIT_MB: inUnit('MB', MEBIBYTE, (c) => c.queryMemoryLimitBytes),
  MUSTER_PREVIEW_TIME_LIMIT_SECONDS: inUnit('s', 1000, (c) => c.previewTimeLimitMs),
  MUSTER_PREVIEW_CONCURRENCY: count((c) => c.previewConcurrency),
  MUSTER_KEY_EXPORT_LIMIT: count((c) => c.keyExportLimit),
  MUSTER_EXPORT_LIMIT: count((c) => c.exportLimit),
  MUSTER_EXPORT_IDLE_SECONDS: inUnit('s', 1000, (c) => c.exportIdleMs),
  MUSTER_KEY_WATCH_LIMIT: count((c) => c.keyWatchLimit),
  MUSTER_SERIES_ROWS_LIMIT: count((c) => c.seriesRowsLimit),
  MUSTER_ANSWER_VALUES_LIMIT: count((c) => c.answerLimits.values),
  MUSTER_ANSWER_LIMIT_MB: inUnit('MB', MEBIBYTE, (c) => c.answerLimits.bytes),
  MUSTER_JSON_BODY_LIMIT_KB: inUnit('KB', KIBIBYTE, (c) => c.jsonBodyLimitBytes),
  MUSTER_STREAM_BODY_LIMIT_MB: inUnit('MB', MEBIBYTE, (c) => c.streamBodyLimitBytes),
  MUSTER_UPLOAD_ROW_LIMIT: count((c) => c.uploadRowLimit),
  MUSTER_UPLOAD_KEEP_HOURS: inUnit('h', HOUR_MS, (c) => c.uploadKeepMs),
  MUSTER_RESULT_KEEP_DAYS: inUnit('d', DAY_MS, (c) => c.resultKeepMs),
  MUSTER_REQUEST_KEEP_DAYS: inUnit('d', DAY_MS, (c) => c.requestKeepMs),
  MUSTER_EVALUATION_KEEP_DAYS: inUnit('d', DAY_MS, (c) => c.evaluationKeepMs),
  MUSTER_VERSION_KEEP_DAYS: inUnit('d', DAY_MS, (c) => c.versionKeepMs),
  MUSTER_AUDIT_KEEP_DAYS: inUnit('d', DAY_MS, (c) => c.auditKeepMs),
  MUSTER_LIST_KEEP_DAYS: inUnit('d', DAY_MS, (c) => c.listKeepMs),
  MUSTER_ACTIVE_USERS_KEEP_DAYS: inUnit('d', DAY_MS, (c) => c.activeUsersKeepMs),
};

/** The limits in force, in the order of the reference. */
export function limitsOf(config: Config): ServiceLimit[] {
  return Object.entries(VARIABLES).flatMap(([setting, { desc = '' }]) => {
    const limit = LIMITS[setting as keyof typeof VARIABLES];
    if (limit === undefined) return [];
    const name = setting.replace(/^MUSTER_/, '').toLowerCase();
    return [{ name, value: limit.of(config), unit: limit.unit, setting, description: desc }];
  });
}
