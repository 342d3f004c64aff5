import { DAY_MS } from '../../core/time/utc-day.js';
import { X509Certificate } from 'node:crypto';
import type { Config } from '../../platform/config/config.js';
import { StartupProblem } from '../../platform/config/startup-problem.js';
import { readTls } from '../../platform/http/tls.js';
import { fail, fine, warn, type Finding } from './finding.js';

const SOON_DAYS = 14;

/** Whether certificate and key belong together, and how long the certificate holds. */
export function checkTls({ tls }: Config): Finding[] {
  if (tls === undefined) return [];
  try {
    const { validTo } = new X509Certificate(readTls(tls).cert);
    const days = Math.floor((Date.parse(validTo) - Date.now()) / DAY_MS);
    const found = `the certificate holds for ${days} days, until ${validTo}`;
    const advice = `Put a new one into ${tls.certFile}: it is read without a restart`;
    if (days < 0) return [fail('certificate', `the certificate ended on ${validTo}`, advice)];
    return [days < SOON_DAYS ? warn('certificate', found, advice) : fine('certificate', found)];
  } catch (error) {
    if (!(error instanceof StartupProblem)) throw error;
    return [fail('certificate', error.problems.join(' '), 'Put the files right, or unset MUSTER_TLS_CERT')];
  }
}
