import { COLOURS } from './plotted.js';

const SPACE = 'http://www.w3.org/2000/svg';
const LINE_HEIGHT = 20;
const LETTER_WIDTH = 7;
const LONGEST = 32;
/** The name of the axis stands above it. */
const BELOW_AXIS_NAME = 20;

interface Place {
  readonly name: string;
  readonly x: number;
  readonly y: number;
}

/** What the names of the groups need above a picture, in pixels. */
export function legendHeight(groups: readonly string[], width: number): number {
  return groups.length <= 1 ? 0 : (placesOf(groups, width).at(-1)?.y ?? 0) + LINE_HEIGHT;
}

/** The picture with the names of its groups beside their colours; it goes with it where it is saved. */
export function withLegend(svg: SVGSVGElement, groups: readonly string[]): SVGSVGElement {
  if (groups.length <= 1) return svg;
  const legend = document.createElementNS(SPACE, 'g');
  for (const [i, { name, x, y }] of placesOf(groups, Number(svg.getAttribute('width'))).entries()) {
    legend.append(
      element('rect', { x, y: y + 3, width: 12, height: 12, rx: 3, fill: COLOURS[i % COLOURS.length] ?? '' }),
      element('text', { x: x + 18, y: y + 13, fill: 'currentColor', 'text-anchor': 'start' }, shortened(name)),
    );
  }
  svg.append(legend);
  return svg;
}

function placesOf(groups: readonly string[], width: number): Place[] {
  let x = 0;
  let y = BELOW_AXIS_NAME;
  return groups.map((name) => {
    const needed = 34 + shortened(name).length * LETTER_WIDTH;
    if (x > 0 && x + needed > width) {
      x = 0;
      y += LINE_HEIGHT;
    }
    const place = { name, x, y };
    x += needed;
    return place;
  });
}

function shortened(name: string): string {
  return name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}…` : name;
}

function element(kind: string, attributes: Readonly<Record<string, string | number>>, text = ''): SVGElement {
  const made = document.createElementNS(SPACE, kind);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.textContent = text;
  return made;
}
