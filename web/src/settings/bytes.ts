import { formatNumber } from '../text/format.js';

const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB', 'PB'] as const;

/** 1,500,000 as `1.5 MB`: thousands, three digits. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1);
  const value = bytes / 1000 ** power;
  return `${formatNumber(power === 0 ? value : Number(value.toPrecision(3)))} ${UNITS[power] ?? ''}`;
}
