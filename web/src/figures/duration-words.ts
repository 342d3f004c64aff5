const UNITS: readonly (readonly [letter: string, name: string])[] = [
  ['Y', 'year'],
  ['M', 'month'],
  ['W', 'week'],
  ['D', 'day'],
];
const TIME_UNITS: readonly (readonly [letter: string, name: string])[] = [
  ['H', 'hour'],
  ['M', 'minute'],
  ['S', 'second'],
];

/** An ISO 8601 duration as people say it: `P1D` is `1 day`, `PT90M` is `90 minutes`; the text itself where it is none. */
export function durationWords(duration: string): string {
  const [, days = '', time = ''] = /^P((?:\d+[YMWD])*)(?:T((?:\d+[HMS])+))?$/.exec(duration) ?? [];
  const words = [...partWords(days, UNITS), ...partWords(time, TIME_UNITS)];
  return words.length === 0 ? duration : words.join(' ');
}

function partWords(text: string, units: typeof UNITS): string[] {
  return [...text.matchAll(/(\d+)([A-Z])/g)].map(([, count = '', letter]) => {
    const name = units.find(([one]) => one === letter)?.[1] ?? '';
    return `${count} ${name}${count === '1' ? '' : 's'}`;
  });
}
