/** A family of figures: its name as HELP and TYPE have it, and its samples. */
export interface MetricFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count', '_created'],
};
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/;

/**
 * Reads an exposition as strictly as the specification of OpenMetrics 1.0 asks. Throws an Error that names the line.
 */
export function parseOpenMetrics(text: string): MetricFamily[] {
  if (!text.endsWith('\n# EOF\n')) throw new Error('the exposition does not end with # EOF');
  const families: { name: string; type: string; help: string; samples: Sample[] }[] = [];
  for (const line of text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1)) {
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (keyword === 'HELP') {
      if (families.some((family) => family.name === name)) throw new Error(`a second time: ${line}`);
      families.push({ name, help: rest, type: '', samples: [] });
      continue;
    }
    const family = families.at(-1);
    if (family === undefined) throw new Error(`before any family: ${line}`);
    if (keyword === 'TYPE') {
      if (name !== family.name || family.samples.length > 0 || !(rest in SUFFIXES))
        throw new Error(`not here: ${line}`);
      family.type = rest;
      continue;
    }
    family.samples.push(sampleOf(line, family));
  }
  for (const family of families) checkFamily(family);
  return families;
}

function sampleOf(line: string, { name, type }: MetricFamily): Sample {
  const [, sample = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
  if (!SUFFIXES[type]?.some((suffix) => sample === name + suffix)) throw new Error(`not of ${name} (${type}): ${line}`);
  const number = value === '+Inf' ? Infinity : Number(value);
  if (Number.isNaN(number) || value === '') throw new Error(`no number: ${line}`);
  return { name: sample, labels: labelsOf(labels, line), value: number };
}

function labelsOf(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (let rest = text; rest !== '';) {
    const [all = '', name = '', value = ''] = LABEL.exec(rest) ?? [];
    if (all === '' || name in labels) throw new Error(`wrong labels: ${line}`);
    labels[name] = value;
    rest = rest.slice(all.length);
  }
  return labels;
}

function checkFamily({ name, type, samples }: MetricFamily): void {
  if (type === '') throw new Error(`${name} has no type`);
  if (/_(total|bucket|sum|count|created|info)$/.test(name)) throw new Error(`${name} ends like a sample`);
  const keys = samples.map((sample) => sample.name + JSON.stringify(Object.entries(sample.labels).toSorted()));
  if (new Set(keys).size !== keys.length) throw new Error(`${name} has a sample twice`);
  if (type !== 'gauge' && samples.some(({ value }) => value < 0)) throw new Error(`${name} is below 0`);
  if (type === 'histogram') checkHistogram(name, samples);
}

function checkHistogram(name: string, samples: readonly Sample[]): void {
  const buckets = samples.filter((sample) => sample.name === `${name}_bucket`);
  const bounds = buckets.map(({ labels }) => (labels['le'] === '+Inf' ? Infinity : Number(labels['le'])));
  const isGrowing = (list: readonly number[], least: number): boolean =>
    list.every((value, i) => i === 0 || value - (list[i - 1] ?? 0) >= least);
  const counts = buckets.map(({ value }) => value);
  const count = samples.find((sample) => sample.name === `${name}_count`)?.value;
  if (!isGrowing(bounds, Number.MIN_VALUE) || !isGrowing(counts, 0)) throw new Error(`${name}: buckets out of order`);
  if (bounds.at(-1) !== Infinity || counts.at(-1) !== count) throw new Error(`${name}: the last bucket is not all`);
  if (!samples.some((sample) => sample.name === `${name}_sum`)) throw new Error(`${name} has no sum`);
}
