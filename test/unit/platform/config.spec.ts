import { resolve } from 'node:path';
import { readConfig, type Environment } from '../../../src/platform/config/read-config.js';
import { StartupProblem } from '../../../src/platform/config/startup-problem.js';

function problemsOf(env: Environment): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof StartupProblem) return error.problems;
    throw error;
  }
  return [];
}

describe('readConfig', () => {
  it('has a default for everything', () => {
    expect(readConfig({})).toEqual({
      role: 'all',
      host: '127.0.0.1',
      port: 3000,
      tls: undefined,
      trustedProxies: [],
      connectionLimit: 10_000,
      headersTimeoutMs: 20_000,
      requestTimeoutMs: 3_600_000,
      idleTimeoutMs: 120_000,
      rates: {
        keyRequests: 10_000,
        accountRequests: 20_000,
        keyItems: 1_000_000,
        accountItems: 2_000_000,
        networkRequests: 1000,
      },
      countryHeader: undefined,
      collectBodyLimitBytes: 512 * 1024,
      collectBodyTimeoutMs: 20_000,
      dataDir: resolve('data'),
      fsync: false,
      logLevel: 'info',
      databaseUrl: undefined,
      clickhouseUrl: undefined,
      redisUrl: undefined,
      jobConcurrency: 2,
      accountConcurrency: 0,
      keyConcurrency: 0,
      accountQueueLimit: 10_000,
      queueLimit: 50_000,
      shutdownGraceMs: 10_000,
      keyExportLimit: 8,
      exportLimit: 32,
      exportIdleMs: 60_000,
      exportSpoolBytes: 8192 * 2 ** 20,
      keyWatchLimit: 2000,
      engineWaitMs: 3_600_000,
      queryTimeLimitMs: 300_000,
      queryMemoryLimitBytes: 1000 * 2 ** 20,
      previewTimeLimitMs: 30_000,
      previewConcurrency: 2,
      engineMemoryBytes: 1500 * 2 ** 20,
      diskReserveBytes: 500 * 2 ** 20,
      metricsToken: undefined,
      secretKeys: [],
      publicUrl: undefined,
      privateNetworks: [],
      smtp: undefined,
      answerLimits: { values: 1_000_000, bytes: 33_554_432 },
      seriesRowsLimit: 500_000_000,
      jsonBodyLimitBytes: 6 * 2 ** 20,
      streamBodyLimitBytes: 10 * 2 ** 30,
      uploadRowLimit: 5_000_000,
      uploadKeepMs: 72 * 3_600_000,
      resultKeepMs: 30 * 86_400_000,
      requestKeepMs: 90 * 86_400_000,
      evaluationKeepMs: 90 * 86_400_000,
      versionKeepMs: 365 * 86_400_000,
      auditKeepMs: 400 * 86_400_000,
      listKeepMs: 30 * 86_400_000,
      activeUsersKeepMs: 400 * 86_400_000,
      activeUsersEveryMs: 15_000,
      housekeepingEveryMs: 600_000,
    });
  });

  it('reads every variable', () => {
    const config = readConfig({
      MUSTER_PORT: '0',
      MUSTER_HOST: '0.0.0.0',
      MUSTER_TLS_CERT: '/etc/tls/cert.pem',
      MUSTER_TLS_KEY: '/etc/tls/key.pem',
      MUSTER_TRUSTED_PROXIES: '10.0.0.0/8, ::1',
      MUSTER_CONNECTION_LIMIT: '0',
      MUSTER_HEADERS_TIMEOUT_SECONDS: '5',
      MUSTER_REQUEST_TIMEOUT_SECONDS: '60',
      MUSTER_IDLE_TIMEOUT_SECONDS: '90',
      MUSTER_KEY_REQUESTS_PER_SECOND: '1',
      MUSTER_ACCOUNT_REQUESTS_PER_SECOND: '2',
      MUSTER_KEY_ITEMS_PER_SECOND: '3',
      MUSTER_ACCOUNT_ITEMS_PER_SECOND: '0',
      MUSTER_NETWORK_REQUESTS_PER_SECOND: '4',
      MUSTER_COLLECT_BODY_LIMIT_KB: '16',
      MUSTER_COLLECT_BODY_TIMEOUT_SECONDS: '7',
      MUSTER_COUNTRY_HEADER: 'CF-IPCountry',
      MUSTER_DATA_DIR: '/var/lib/muster',
      MUSTER_ROLE: 'worker',
      DATABASE_URL: 'postgres://u:p@db/muster',
      CLICKHOUSE_URL: 'https://u:p@ch:8443/muster',
      REDIS_URL: 'rediss://redis',
      MUSTER_METRICS_TOKEN: 'figures-for-collectors',
      MUSTER_SECRET_KEY: `${'a'.repeat(43)}, ${'b'.repeat(43)}=`,
      MUSTER_PUBLIC_URL: 'https://muster.example.org/',
      MUSTER_PRIVATE_NETWORKS: '10.0.0.0/8',
      SMTP_URL: 'smtps://u:p@mail.example.org',
      MUSTER_MAIL_FROM: 'muster@example.org',
      MUSTER_FSYNC: 'on',
      MUSTER_LOG_LEVEL: 'debug',
      MUSTER_JOB_CONCURRENCY: '3',
      MUSTER_ACCOUNT_CONCURRENCY: '4',
      MUSTER_KEY_CONCURRENCY: '6',
      MUSTER_ACCOUNT_QUEUE_LIMIT: '50',
      MUSTER_QUEUE_LIMIT: '60',
      MUSTER_SHUTDOWN_GRACE_SECONDS: '0',
      MUSTER_ENGINE_WAIT_SECONDS: '10',
      MUSTER_QUERY_TIME_LIMIT_SECONDS: '4',
      MUSTER_QUERY_MEMORY_LIMIT_MB: '512',
      MUSTER_PREVIEW_TIME_LIMIT_SECONDS: '5',
      MUSTER_PREVIEW_CONCURRENCY: '6',
      MUSTER_KEY_EXPORT_LIMIT: '2',
      MUSTER_EXPORT_LIMIT: '3',
      MUSTER_EXPORT_IDLE_SECONDS: '7',
      MUSTER_EXPORT_SPOOL_MB: '100',
      MUSTER_KEY_WATCH_LIMIT: '5',
      MUSTER_ENGINE_MEMORY_MB: '600',
      MUSTER_DISK_RESERVE_MB: '11',
      MUSTER_JSON_BODY_LIMIT_KB: '7',
      MUSTER_STREAM_BODY_LIMIT_MB: '8',
      MUSTER_UPLOAD_ROW_LIMIT: '9',
      MUSTER_ANSWER_VALUES_LIMIT: '2000',
      MUSTER_SERIES_ROWS_LIMIT: '5000',
      MUSTER_ANSWER_LIMIT_MB: '8',
      MUSTER_UPLOAD_KEEP_HOURS: '2',
      MUSTER_RESULT_KEEP_DAYS: '1',
      MUSTER_REQUEST_KEEP_DAYS: '2',
      MUSTER_EVALUATION_KEEP_DAYS: '3',
      MUSTER_VERSION_KEEP_DAYS: '4',
      MUSTER_AUDIT_KEEP_DAYS: '30',
      MUSTER_LIST_KEEP_DAYS: '0',
      MUSTER_ACTIVE_USERS_KEEP_DAYS: '7',
      MUSTER_ACTIVE_USERS_SECONDS: '0',
      MUSTER_HOUSEKEEPING_MINUTES: '5',
    });
    expect(config).toEqual({
      role: 'worker',
      host: '0.0.0.0',
      port: 0,
      tls: { certFile: '/etc/tls/cert.pem', keyFile: '/etc/tls/key.pem' },
      trustedProxies: ['10.0.0.0/8', '::1'],
      connectionLimit: 0,
      headersTimeoutMs: 5000,
      requestTimeoutMs: 60_000,
      idleTimeoutMs: 90_000,
      rates: { keyRequests: 1, accountRequests: 2, keyItems: 3, accountItems: 0, networkRequests: 4 },
      countryHeader: 'cf-ipcountry',
      collectBodyLimitBytes: 16 * 1024,
      collectBodyTimeoutMs: 7000,
      dataDir: '/var/lib/muster',
      fsync: true,
      logLevel: 'debug',
      databaseUrl: 'postgres://u:p@db/muster',
      clickhouseUrl: 'https://u:p@ch:8443/muster',
      redisUrl: 'rediss://redis',
      jobConcurrency: 3,
      accountConcurrency: 4,
      keyConcurrency: 6,
      accountQueueLimit: 50,
      queueLimit: 60,
      shutdownGraceMs: 0,
      engineWaitMs: 10_000,
      queryTimeLimitMs: 4000,
      queryMemoryLimitBytes: 512 * 2 ** 20,
      previewTimeLimitMs: 5000,
      previewConcurrency: 6,
      keyExportLimit: 2,
      exportLimit: 3,
      exportIdleMs: 7000,
      exportSpoolBytes: 100 * 2 ** 20,
      keyWatchLimit: 5,
      engineMemoryBytes: 600 * 2 ** 20,
      diskReserveBytes: 11 * 2 ** 20,
      metricsToken: 'figures-for-collectors',
      secretKeys: ['a'.repeat(43), `${'b'.repeat(43)}=`],
      publicUrl: 'https://muster.example.org',
      privateNetworks: ['10.0.0.0/8'],
      smtp: { url: 'smtps://u:p@mail.example.org', from: 'muster@example.org' },
      answerLimits: { values: 2000, bytes: 8_388_608 },
      seriesRowsLimit: 5000,
      jsonBodyLimitBytes: 7 * 2 ** 10,
      streamBodyLimitBytes: 8 * 2 ** 20,
      uploadRowLimit: 9,
      uploadKeepMs: 7_200_000,
      resultKeepMs: 1 * 86_400_000,
      requestKeepMs: 2 * 86_400_000,
      evaluationKeepMs: 3 * 86_400_000,
      versionKeepMs: 4 * 86_400_000,
      auditKeepMs: 30 * 86_400_000,
      listKeepMs: 0,
      activeUsersKeepMs: 7 * 86_400_000,
      activeUsersEveryMs: 0,
      housekeepingEveryMs: 300_000,
    });
  });

  it('tells every problem at once', () => {
    const problems = problemsOf({
      MUSTER_PORT: '70000',
      MUSTER_ROLE: 'workr',
      MUSTER_FSYNC: 'yes',
      MUSTER_PROT: '1',
      DATABASE_URL: 'x',
    });
    expect(problems.map((problem) => problem.split(' ', 1)[0]).toSorted()).toEqual([
      'DATABASE_URL',
      'MUSTER_FSYNC',
      'MUSTER_PORT',
      'MUSTER_PROT',
      'MUSTER_ROLE',
    ]);
  });

  it.each([
    ['MUSTER_PORT', '-1', 'must be a whole number from 0 to 65535, not "-1"'],
    ['MUSTER_PORT', '80 ', 'must be a whole number from 0 to 65535, not "80 "'],
    ['MUSTER_JOB_CONCURRENCY', '1.5', 'must be a whole number from 1 to 64, not "1.5"'],
    ['MUSTER_JOB_CONCURRENCY', '1e1', 'must be a whole number from 1 to 64, not "1e1"'],
    ['MUSTER_ROLE', 'ALL', 'must be one of all, api, worker, not "ALL"'],
    ['MUSTER_FSYNC', 'true', 'must be one of on, off, not "true"'],
    ['MUSTER_LOG_LEVEL', 'loud', 'must be one of fatal, error, warn, info, debug, trace, silent, not "loud"'],
  ])('says what would be right for %s=%s', (name, value, expected) => {
    expect(problemsOf({ [name]: value })).toEqual([`${name} ${expected}`]);
  });

  it('names the variable that was probably meant', () => {
    expect(problemsOf({ MUSTER_DATA_DRI: 'x' })).toEqual([
      'MUSTER_DATA_DRI is not a variable of Muster: did you mean MUSTER_DATA_DIR?',
    ]);
    expect(problemsOf({ MUSTER_COLOUR_OF_THE_SKY: 'x' })).toEqual([
      'MUSTER_COLOUR_OF_THE_SKY is not a variable of Muster',
    ]);
  });

  it('sends no mail without a sender and without an address of its own', () => {
    expect(problemsOf({ SMTP_URL: 'smtp://mail', MUSTER_MAIL_FROM: 'a@b, c@d' })).toEqual([
      'MUSTER_MAIL_FROM must be an address such as muster@example.org where SMTP_URL is set',
      'MUSTER_PUBLIC_URL is needed where SMTP_URL is set',
    ]);
    for (const url of ['http://muster.example.org', 'https://muster.example.org/a', 'https://u:p@muster.example.org']) {
      expect(problemsOf({ MUSTER_PUBLIC_URL: url })).toHaveLength(1);
    }
    expect(problemsOf({ MUSTER_SECRET_KEY: `${'a'.repeat(43)},short` })).toHaveLength(1);
  });

  it('leaves variables of others and of the test suites alone', () => {
    expect(problemsOf({ PATH: 'x', NODE_ENV: 'test', MUSTER_TEST_QUEUE: 'redis' })).toEqual([]);
  });

  it('takes an empty variable for one that is not set', () => {
    expect(readConfig({ DATABASE_URL: '', MUSTER_PORT: '' })).toEqual(readConfig({}));
  });

  it.each(['api', 'worker'])('wants shared stores for the role %s', (role) => {
    const needed = (name: string): string => `${name} is needed when MUSTER_ROLE is ${role}`;
    expect(problemsOf({ MUSTER_ROLE: role })).toEqual([needed('DATABASE_URL'), needed('CLICKHOUSE_URL')]);
    expect(problemsOf({ MUSTER_ROLE: role, DATABASE_URL: 'postgres://h/d' })).toEqual([needed('CLICKHOUSE_URL')]);
  });

  it.each([
    ['DATABASE_URL', 'postgresql://u:p@/db?host=/run/postgres&port=5432'],
    ['DATABASE_URL', 'postgres://h:5433/db'],
    ['CLICKHOUSE_URL', 'unix:/run/engine.sock'],
    ['CLICKHOUSE_URL', 'http://localhost:8123'],
    ['REDIS_URL', 'redis://:secret@localhost:6379/1'],
  ])('accepts %s=%s', (name, value) => {
    expect(problemsOf({ [name]: value })).toEqual([]);
  });

  it.each([
    ['DATABASE_URL', 'mysql://u:secret@h/db'],
    ['DATABASE_URL', 'postgresql://u:secret@/db'],
    ['DATABASE_URL', 'postgresql://u:secret@h'],
    ['CLICKHOUSE_URL', 'tcp://u:secret@h:9000'],
    ['CLICKHOUSE_URL', 'unix:secret.sock'],
    ['REDIS_URL', 'http://secret'],
    ['REDIS_URL', 'redis://'],
  ])('refuses %s=%s without repeating it', (name, value) => {
    const problems = problemsOf({ [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name} must be `));
    expect(problems[0]).not.toContain('secret');
  });
});
